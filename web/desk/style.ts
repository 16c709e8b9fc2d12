// One styled root; everything inside is plain class names over the theme's colours.

import { variables } from '@splunk/themes';
import styled, { createGlobalStyle } from 'styled-components';

import { tabStyle } from './case/tabStyle';
import { caseStyle } from './caseStyle';
import { listStyle } from './listStyle';

/** The page around the desk, which the view's own theme coloured, takes the desk's colour. */
export const Frame = createGlobalStyle`
    html,
    body,
    body .dashboard-body,
    body .dashboard-row .dashboard-cell,
    body .dashboard-row .dashboard-panel {
        background: ${variables.backgroundColorPage};
    }
    body .dashboard-body {
        padding: 0;
    }
    body .dashboard-row .dashboard-panel,
    body .dashboard-panel .panel-body.html {
        margin: 0;
        padding: 0;
        border: 0;
    }
`;

export const Root = styled.div`
    --page: ${variables.backgroundColorPage};
    --section: ${variables.backgroundColorSection};
    --popup: ${variables.backgroundColorPopup};
    --line: ${variables.borderColorWeak};
    --line-strong: ${variables.borderColor};
    --text: ${variables.contentColorDefault};
    --strong: ${variables.contentColorActive};
    --hover: ${variables.interactiveColorOverlayHover};
    --selected: ${variables.interactiveColorOverlaySelected};
    --link: ${variables.contentColorLink};
    --focus: ${variables.focusColor};
    --bad: ${variables.contentColorNegative};
    --good: ${variables.contentColorPositive};
    --warn: ${variables.contentColorWarning};
    --mono: ${variables.monoFontFamily};
    --critical: #e0362c;
    --high: #f1813f;
    --medium: #f8be34;
    --low: #5aa9d6;

    min-height: calc(100vh - 80px);
    min-width: 1240px;
    padding: 16px 20px 48px;
    box-sizing: border-box;
    background: var(--page);
    color: var(--text);
    font-family: ${variables.fontFamily};
    font-size: 13px;
    line-height: 1.45;

    &.dark {
        --muted: #a3adb8;
        --bad: #ee8a80;
    }
    &.light {
        --muted: #5c6773;
        --bad: #b3261b;
        --good: #2a6b2a;
        --warn: #7a5200;
        --link: #0a5fa8;
        --high: #d2601a;
        --medium: #d3a100;
        --low: #3b86b5;
    }

    *,
    *::before,
    *::after {
        box-sizing: border-box;
    }
    h1,
    h2,
    h3,
    p,
    ul,
    ol,
    dl,
    dd,
    table {
        margin: 0;
        padding: 0;
    }
    h1,
    h2,
    h3 {
        color: var(--strong);
        font-weight: 600;
        line-height: 1.3;
    }
    a {
        color: var(--link);
        text-decoration: none;
    }
    a:hover {
        text-decoration: underline;
    }
    a:focus-visible,
    button:focus-visible,
    ol:focus-visible {
        outline: 2px solid var(--link);
        outline-offset: 1px;
    }
    .muted {
        color: var(--muted);
    }
    .mono {
        font-family: var(--mono);
        font-size: 12px;
    }
    .cut {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
    }
    .wrap {
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
    }
    .row {
        display: flex;
        align-items: center;
        gap: 8px;
        flex-wrap: wrap;
    }
    .push {
        margin-left: auto;
    }
    .num {
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
    }

    .bar {
        display: flex;
        align-items: center;
        gap: 10px;
        margin-bottom: 12px;
    }
    .bar h1 {
        font-size: 20px;
    }
    .panel {
        background: var(--section);
        border: 1px solid var(--line);
        border-radius: 4px;
    }
    .panel > header {
        display: flex;
        align-items: baseline;
        gap: 8px;
        padding: 9px 14px;
        border-bottom: 1px solid var(--line);
    }
    .panel > header h2 {
        font-size: 14px;
    }
    .panel > .body {
        padding: 12px 14px;
    }

    .severity {
        display: inline-flex;
        align-items: center;
        gap: 7px;
        color: var(--strong);
        white-space: nowrap;
    }
    .severity::before {
        content: '';
        width: 10px;
        height: 10px;
        border-radius: 2px;
        background: var(--tone);
    }
    .s-critical {
        --tone: var(--critical);
    }
    .s-high {
        --tone: var(--high);
    }
    .s-medium {
        --tone: var(--medium);
    }
    .s-low {
        --tone: var(--low);
    }
    .chip {
        display: inline-block;
        padding: 0 7px;
        border: 1px solid var(--line-strong);
        border-radius: 9px;
        font-size: 12px;
        line-height: 18px;
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        vertical-align: bottom;
        white-space: nowrap;
        color: var(--text);
    }
    .chip.yes {
        border-color: var(--bad);
        color: var(--bad);
        font-weight: 600;
    }
    .chip.no {
        border-color: var(--good);
        color: var(--good);
    }
    .chip.unknown {
        border-style: dashed;
        border-color: var(--warn);
        color: var(--warn);
    }
    .chip.state-new {
        border-color: var(--link);
        color: var(--link);
    }
    .chip.state-escalated {
        border-color: var(--bad);
        color: var(--bad);
    }
    .chip.state-contained {
        border-color: var(--warn);
        color: var(--warn);
    }
    .chip.state-closed {
        color: var(--muted);
    }
    .overdue {
        color: var(--bad);
        font-weight: 600;
    }
    .soon {
        color: var(--warn);
    }

    .tiles {
        display: grid;
        grid-template-columns: repeat(4, 1fr);
        gap: 10px;
        margin-bottom: 12px;
    }
    .tile {
        display: flex;
        align-items: baseline;
        gap: 10px;
        padding: 9px 14px;
        background: var(--section);
        border: 1px solid var(--line);
        border-left: 4px solid var(--tone);
        border-radius: 4px;
        color: var(--text);
        font: inherit;
        text-align: left;
        cursor: pointer;
    }
    .tile:hover {
        background: var(--popup);
    }
    .tile[aria-pressed='true'] {
        border-color: var(--tone);
        background: var(--popup);
    }
    .tile b {
        font-size: 22px;
        font-weight: 600;
        line-height: 1.2;
        color: var(--strong);
        font-variant-numeric: tabular-nums;
    }
    .filters {
        display: flex;
        align-items: center;
        gap: 8px;
        margin-bottom: 10px;
    }
    .filters > * {
        flex-shrink: 0;
    }
    .filters .search {
        flex: 1 1 180px;
        max-width: 340px;
    }
    .bulk {
        margin-bottom: 10px;
    }
    .bulk .reason {
        flex: 1 1 240px;
        max-width: 520px;
    }
    .toggles {
        display: inline-flex;
        border: 1px solid var(--line-strong);
        border-radius: 4px;
        overflow: hidden;
    }
    .toggles.names {
        display: flex;
        flex-wrap: wrap;
        width: fit-content;
        margin-top: 6px;
    }
    .toggles.names button {
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
    }
    .toggles button {
        padding: 4px 10px;
        border: 0;
        border-right: 1px solid var(--line);
        background: transparent;
        color: var(--text);
        font: inherit;
        white-space: nowrap;
        cursor: pointer;
    }
    .toggles button:last-child {
        border-right: 0;
    }
    .toggles button:hover:not(:disabled) {
        background: var(--hover);
    }
    .toggles button[aria-pressed='true'] {
        background: var(--selected);
        color: var(--strong);
        box-shadow: inset 0 -2px 0 var(--link);
    }
    .toggles button:disabled {
        color: var(--muted);
        cursor: not-allowed;
    }
    .toggles button:focus-visible {
        outline-offset: -2px;
    }

    ${caseStyle}
    ${tabStyle}
    ${listStyle}
    .empty {
        padding: 40px 20px;
        text-align: center;
        color: var(--muted);
    }
    .empty h2 {
        font-size: 16px;
        margin-bottom: 6px;
    }
    .hint {
        margin-top: 10px;
        color: var(--muted);
        font-size: 12px;
    }
    kbd {
        padding: 0 5px;
        border: 1px solid var(--line-strong);
        border-radius: 3px;
        font-family: var(--mono);
        font-size: 11px;
        background: transparent;
        color: inherit;
        box-shadow: none;
    }
    .sr {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
        white-space: nowrap;
    }
    label {
        display: block;
        margin: 0 0 3px;
        color: var(--muted);
        font-size: 12px;
    }
`;
