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
    .stack > .verdicts {
        justify-self: stretch;
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
`;
