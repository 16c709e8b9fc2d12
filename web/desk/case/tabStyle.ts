// What the tabs of a case use; after the case's own style, part of the root's.

import { css } from 'styled-components';

export const tabStyle = css`
    .tabs {
        display: flex;
        gap: 2px;
        margin-bottom: 14px;
        border-bottom: 1px solid var(--line-strong);
    }
    .tabs button {
        display: flex;
        align-items: baseline;
        gap: 8px;
        padding: 8px 16px;
        border: 0;
        border-bottom: 3px solid transparent;
        background: none;
        color: var(--text);
        font: inherit;
        font-size: 14px;
        cursor: pointer;
    }
    .tabs button:hover {
        background: var(--hover);
    }
    .tabs button[aria-selected='true'] {
        border-bottom-color: var(--link);
        color: var(--strong);
        font-weight: 600;
    }
    .tabs button .muted {
        font-size: 12px;
        font-weight: 400;
    }

    .scroll {
        overflow-x: auto;
    }
    .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(440px, 1fr));
        gap: 12px;
        align-items: start;
    }
    .pair > * {
        min-width: 0;
    }
    .warned {
        overflow: hidden;
        margin: 0 0 6px;
        color: var(--warn);
        font-size: 12px;
        text-overflow: ellipsis;
        white-space: nowrap;
    }
    .clamp {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
    }
    table.rows {
        table-layout: fixed;
        min-width: 640px;
    }
    .pair table.rows {
        min-width: 420px;
    }
    .commands,
    .grounds .command {
        border: 1px solid var(--line);
        border-radius: 3px;
        background: var(--page);
    }
    .command,
    .commands .more {
        display: flex;
        align-items: flex-start;
        gap: 8px;
        padding: 2px 4px 2px 10px;
    }
    .commands > * + * {
        border-top: 1px solid var(--line);
    }
    .commands .more {
        align-items: center;
    }
    .commands .plain {
        align-self: center;
    }
    .command code {
        flex: 1;
        padding: 4px 0;
        border: 0;
        background: none;
        color: var(--strong);
        font-family: var(--mono);
        font-size: 12px;
        white-space: pre-wrap;
    }
    .grounds {
        display: grid;
        gap: 6px;
        padding: 6px 10px;
        border-left: 2px solid var(--line-strong);
        font-size: 12px;
    }

    svg.lineage {
        display: block;
        max-width: 100%;
        height: auto;
        font-family: inherit;
    }
    svg.lineage .edge {
        fill: none;
        stroke: var(--muted);
        stroke-width: 1.5;
    }
    svg.lineage .arrow {
        fill: var(--muted);
    }
    svg.lineage rect {
        fill: var(--page);
        stroke: var(--line-strong);
    }
    svg.lineage .incase rect {
        stroke: var(--bad);
        stroke-width: 2;
    }
    svg.lineage text {
        fill: var(--strong);
        font-size: 12px;
    }
    svg.lineage .kind {
        fill: var(--muted);
        font-size: 11px;
    }
    svg.lineage .id {
        font-family: var(--mono);
    }
    .inwords {
        padding-left: 20px;
        margin-top: 6px;
        font-size: 12px;
    }

    .reach h3 {
        margin-bottom: 6px;
    }
    .reach dl {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(260px, 1fr));
        gap: 10px 18px;
    }
    .reach dt {
        color: var(--muted);
        font-size: 12px;
        font-weight: 400;
    }

    .phase {
        display: grid;
        gap: 10px;
    }
    .phase > h3 {
        font-size: 13px;
    }
    .step {
        padding: 10px 12px;
        border: 1px solid var(--line);
        border-left: 3px solid var(--line-strong);
        border-radius: 3px;
        background: var(--page);
    }
    .step .commands {
        background: var(--section);
    }
    .step.done {
        border-left-color: var(--good);
    }
    .step .content {
        padding: 6px 0 0 24px;
    }
    .fillin {
        padding-left: 18px;
    }
    .tick {
        display: grid;
        grid-template-columns: 16px minmax(0, 1fr) auto;
        gap: 8px;
        align-items: start;
    }
    .tick input[type='checkbox'] {
        margin: 3px 0 0;
    }
    .tick label.title {
        margin: 0;
        color: var(--strong);
        font-size: 13px;
        font-weight: 600;
        cursor: pointer;
    }
    .review {
        list-style: none;
        display: grid;
        gap: 8px;
    }
    .watch {
        padding: 6px 10px;
        border-left: 3px solid var(--warn);
        background: var(--hover);
    }
    pre.report {
        margin: 0;
        padding: 12px 14px;
        max-height: 70vh;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: 3px;
        background: var(--page);
        color: var(--text);
        font-family: var(--mono);
        font-size: 12px;
        line-height: 1.5;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
    }
    @media (min-width: 2200px) {
        .case {
            grid-template-columns: minmax(0, 1fr) 520px;
        }
        .questions,
        .questions.by-three {
            grid-template-columns: repeat(4, minmax(0, 1fr));
        }
        .rule ul {
            grid-template-columns: repeat(3, minmax(0, 1fr));
        }
        .story {
            display: block;
            columns: 2;
            column-gap: 12px;
        }
        .story > * {
            break-inside: avoid;
            margin-bottom: 12px;
        }
    }
`;
