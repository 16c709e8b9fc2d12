// What the pages of the queue, the baselines and the lists use; part of the root's style.

import { css } from 'styled-components';

export const listStyle = css`
    &.dark {
        --picked: rgba(0, 164, 253, 0.1);
    }
    &.light {
        --picked: rgba(10, 95, 168, 0.08);
    }
    .pages {
        display: flex;
        gap: 4px;
        margin: -6px 0 10px;
        border-bottom: 1px solid var(--line);
    }
    .pages a {
        padding: 6px 12px;
        color: var(--text);
        border-bottom: 2px solid transparent;
    }
    .pages a:hover {
        background: var(--hover);
        text-decoration: none;
    }
    .pages a[aria-current] {
        color: var(--strong);
        border-bottom-color: var(--link);
        font-weight: 600;
    }

    .tiles.seven {
        grid-template-columns: repeat(7, 1fr);
    }
    .s-plain {
        --tone: var(--line-strong);
    }
    .s-soon {
        --tone: var(--bad);
    }

    table.grid tr.selected {
        background: var(--picked);
    }
    @media (min-width: 1800px) {
        table.queue col.of-principal {
            width: 18% !important;
        }
        table.queue col.of-account {
            width: 15% !important;
        }
    }
    .two,
    .three {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow: hidden;
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
        white-space: pre-line;
    }
    .three {
        -webkit-line-clamp: 3;
    }
    .second {
        color: var(--muted);
        font-size: 12px;
    }
    .warn {
        color: var(--warn);
    }
    .meaning {
        margin: 0 0 10px;
        color: var(--muted);
        max-width: 120ch;
    }

    table.grid {
        width: 100%;
        table-layout: fixed;
        border-collapse: collapse;
    }
    table.grid.free {
        table-layout: auto;
        width: auto;
        min-width: 100%;
    }
    table.grid.free td > div {
        max-width: 260px;
    }
    table.grid th {
        padding: 7px 10px;
        border-bottom: 1px solid var(--line-strong);
        color: var(--muted);
        font-size: 12px;
        font-weight: 600;
        text-align: left;
        white-space: nowrap;
    }
    table.grid td {
        padding: 6px 10px;
        border-bottom: 1px solid var(--line);
        vertical-align: top;
    }
    table.grid td.edit,
    table.grid th.edit {
        position: sticky;
        right: 0;
        background: var(--section);
    }
    table.grid:not(.free) td {
        overflow: hidden;
    }
    table.grid tbody tr:hover {
        background: var(--hover);
    }
    table.grid tbody tr:focus-within {
        box-shadow: inset 3px 0 0 var(--link);
    }
    table.queue tbody tr {
        cursor: pointer;
    }
    table.queue tbody tr:focus-within {
        background: var(--selected);
    }
    table.queue td a {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow: hidden;
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
        color: var(--strong);
        font-weight: 600;
    }
    tr.gone td,
    table.queue tr.gone td a {
        color: var(--muted);
        font-weight: 400;
    }
    .scroll {
        overflow-x: auto;
    }
    .scroll:focus-visible {
        outline: 2px solid var(--link);
    }
    .meter {
        height: 4px;
        margin-top: 4px;
        max-width: 110px;
        border-radius: 2px;
        background: var(--line);
    }
    .meter i {
        display: block;
        height: 100%;
        border-radius: 2px;
        background: var(--link);
    }
    .bulk .body.warn,
    .bulk .body[role='alert'] {
        padding-top: 0;
    }
    ul.results {
        max-height: 220px;
        margin: 4px 0 0;
        padding-left: 18px;
        overflow-y: auto;
    }

    .lists {
        display: grid;
        grid-template-columns: 230px minmax(0, 1fr);
        gap: 14px;
        align-items: start;
    }
    .lists > .stack {
        grid-template-columns: minmax(0, 1fr);
    }
    .side-nav {
        display: grid;
        padding: 6px 0;
    }
    .side-nav a {
        display: flex;
        align-items: baseline;
        gap: 8px;
        padding: 6px 12px;
        color: var(--text);
        border-left: 3px solid transparent;
    }
    .side-nav a:hover {
        background: var(--hover);
        text-decoration: none;
    }
    .side-nav a[aria-current] {
        color: var(--strong);
        border-left-color: var(--link);
        background: var(--selected);
    }
    .row-form {
        display: grid;
        gap: 10px;
        margin: 0 0 14px;
        padding: 12px 14px 14px;
        border: 1px solid var(--line-strong);
        border-radius: 4px;
    }
    .row-form .fields {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(240px, 1fr));
        gap: 10px 16px;
    }
    .problem {
        color: var(--bad);
    }
    label.file input {
        display: block;
        color: var(--text);
    }
    .list-history {
        display: grid;
        gap: 8px;
        list-style: none;
    }

    dialog.keys {
        max-width: 640px;
        padding: 0;
        border: 1px solid var(--line-strong);
        border-radius: 6px;
        background: var(--popup);
        color: var(--text);
    }
    dialog.keys::backdrop {
        background: rgba(0, 0, 0, 0.5);
    }
    dialog.keys .inner {
        display: grid;
        gap: 12px;
        padding: 18px 22px;
        justify-items: start;
    }
    dialog.keys dl {
        display: grid;
        gap: 6px;
    }
    dialog.keys dl > div {
        display: grid;
        grid-template-columns: 96px 1fr;
        gap: 12px;
    }
    dialog.keys kbd {
        margin-right: 4px;
    }
`;
