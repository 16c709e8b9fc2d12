// What only the page of a case uses; part of the root's style.

import { css } from 'styled-components';

export const caseStyle = css`
    .case {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 372px;
        gap: 14px;
        align-items: start;
    }
    .side {
        position: sticky;
        top: 10px;
        display: grid;
        gap: 12px;
    }
    .side[hidden] {
        display: none;
    }
    .stack {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        min-width: 0;
    }
    .head {
        padding: 12px 16px 14px;
        border-left: 4px solid var(--tone);
        margin-bottom: 14px;
    }
    .head h1 {
        font-size: 18px;
        margin: 6px 0 4px;
        max-width: 120ch;
    }
    .head .detail {
        margin-bottom: 10px;
        max-width: 150ch;
        color: var(--text);
    }
    .facts {
        display: grid;
        grid-template-columns: repeat(6, minmax(0, 1fr));
        gap: 8px 18px;
    }
    li {
        line-height: inherit;
    }
    .facts dt {
        font-weight: 400;
        color: var(--muted);
        font-size: 12px;
    }
    .facts dd {
        color: var(--strong);
    }
    .rule {
        border-left: 4px solid var(--tone);
    }
    .rule.escalate {
        --tone: var(--bad);
    }
    .rule.undecided,
    .rule.pending {
        --tone: var(--warn);
    }
    .rule.not_required {
        --tone: var(--good);
    }
    .rule ul {
        list-style: none;
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 6px 20px;
    }
    .rule li {
        display: grid;
        grid-template-columns: 74px minmax(0, 1fr);
        gap: 8px;
        align-items: baseline;
    }
    .rule h2 {
        font-size: 15px;
    }

    .questions {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 10px;
    }
    .questions.by-three {
        grid-template-columns: repeat(3, minmax(0, 1fr));
    }
    .question {
        display: flex;
        flex-direction: column;
        gap: 6px;
        min-width: 0;
        padding: 10px 12px;
        border: 1px solid var(--line);
        border-left: 3px solid var(--line-strong);
        border-radius: 3px;
        background: var(--page);
    }
    .question.yes {
        border-left-color: var(--bad);
    }
    .question.no {
        border-left-color: var(--good);
    }
    .question.unknown {
        border-left: 3px dashed var(--warn);
    }
    .question .ask {
        display: flex;
        align-items: flex-start;
        gap: 8px;
    }
    .question h3 {
        font-size: 13px;
    }
    .question .ask h3 {
        flex: 1;
    }
    .question ul {
        padding-left: 16px;
        color: var(--text);
        font-size: 12px;
    }
    .question .tools {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-top: auto;
        padding-top: 4px;
    }
    .plain {
        align-self: flex-start;
        justify-self: start;
        padding: 0;
        border: 0;
        background: none;
        color: var(--link);
        font: inherit;
        font-size: 12px;
        cursor: pointer;
    }
    .analyst {
        padding: 4px 8px;
        border-left: 2px solid var(--link);
        background: var(--hover);
        font-size: 12px;
    }
    .form {
        display: grid;
        gap: 8px;
        padding: 8px;
        border: 1px solid var(--line-strong);
        border-radius: 3px;
    }
    .signals {
        width: 100%;
        border-collapse: collapse;
    }
    .signals td,
    .signals th {
        padding: 6px 10px 6px 0;
        border-bottom: 1px solid var(--line);
        text-align: left;
        vertical-align: top;
    }
    .signals th {
        color: var(--muted);
        font-size: 12px;
    }
    .signals tr:last-child td {
        border-bottom: 0;
    }
    .verdicts {
        display: grid;
        grid-auto-flow: column;
        grid-auto-columns: 1fr;
        margin-bottom: 10px;
    }
    .verdicts button {
        padding: 6px 4px;
    }
    .history {
        list-style: none;
        display: grid;
        gap: 10px;
        max-height: 420px;
        overflow: auto;
    }
    .history li {
        padding-left: 10px;
        border-left: 2px solid var(--line-strong);
    }
    .stack > .toggles,
    .body > .plain {
        justify-self: start;
    }
    .stack.tight {
        gap: 5px;
    }
    .grow {
        flex: 1 1 220px;
    }
    label.inline {
        display: inline;
        margin: 0;
    }
    .toggles.two {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .toggles.two button:nth-child(-n + 2) {
        border-bottom: 1px solid var(--line);
    }
    .plainlist {
        list-style: none;
        display: grid;
        gap: 5px;
    }
    .said {
        white-space: pre-line;
    }
    details > summary {
        color: var(--link);
        font-size: 12px;
        cursor: pointer;
    }
    details > summary:focus-visible,
    .scroll:focus-visible,
    pre:focus-visible {
        outline: 2px solid var(--link);
        outline-offset: 1px;
    }

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
