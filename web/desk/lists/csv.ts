// CSV in and out. A cell that a spreadsheet would take as a formula goes out behind an apostrophe,
// and comes in without it, so that a list that was exported, edited and imported keeps its values.

import Papa from 'papaparse';

import type { ListColumn, Problem, Values } from './model';

// What begins a formula by OWASP's "CSV Injection", with the wide forms that some locales take too.
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const NEUTRALISED = /^'(?=[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20])/;

/** `ciw_triage/list` takes no more at once. */
export const MOST_ROWS = 1000;
const MOST_PROBLEMS = 50;

export function toCsv(columns: string[], rows: string[][]): string {
    return `${Papa.unparse({ fields: columns, data: rows }, { escapeFormulae: FORMULA })}\r\n`;
}

/** A line of the file, and its values by column. */
export interface Parsed {
    line: number;
    values: Values;
}

export interface ParsedCsv {
    rows: Parsed[];
    /** Columns of the file that the list has not; they are left out. */
    ignored: string[];
    /** `row` is the line in the file; 0 where the problem is the whole file's. */
    problems: Problem[];
}

/** Reads a CSV with a header of the list's column names, in any order. */
export function fromCsv(text: string, columns: ListColumn[]): ParsedCsv {
    const lines: Parsed[] = [];
    const found: Problem[] = [];
    const whole = (told: string): ParsedCsv => ({
        rows: [],
        ignored: [],
        problems: [{ row: 0, field: '', text: told }],
    });
    const plain = text.replace(/^\uFEFF/, '');
    const { data, errors } = Papa.parse<string[]>(plain, {
        delimiter: delimiter(plain, columns),
        skipEmptyLines: false,
    });
    const at = lineNumbers(data);
    errors.forEach(({ row, message }) =>
        found.push({ row: at[row ?? 0] ?? 0, field: '', text: `${message}.` })
    );
    const first = data.findIndex((cells) => !blank(cells));
    if (first === -1) {
        return whole(`There is nothing in it. Begin with a line of column names: ${names(columns)}.`);
    }
    const header = data[first].map((cell) => cell.trim());
    const known = columns.map(({ name }) => name);
    const twice = header.find((name, index) => name && header.indexOf(name) !== index);
    if (twice) {
        return whole(`The column ${twice} is named twice in the first line.`);
    }
    const missing = columns.filter(({ name, needed }) => needed && !header.includes(name));
    if (missing.length) {
        return whole(
            `The first line must name the columns; these are missing: ${names(missing)}.` +
                ` The list has: ${names(columns)}.`
        );
    }
    data.slice(first + 1).forEach((cells, index) => {
        const line = at[first + 1 + index];
        if (blank(cells)) {
            return;
        }
        if (cells.length !== header.length) {
            found.push({
                row: line,
                field: '',
                text: `It has ${cells.length} cells and the first line ${header.length}. A value that holds a separator stands in double quotes.`,
            });
            return;
        }
        const values = Object.fromEntries(known.map((name) => [name, '']));
        header.forEach((name, column) => {
            if (known.includes(name)) {
                values[name] = cells[column].trim().replace(NEUTRALISED, '');
            }
        });
        columns
            .filter(({ name, needed }) => needed && !values[name])
            .forEach(({ name }) => found.push({ row: line, field: name, text: 'This is needed.' }));
        lines.push({ line, values });
    });
    if (!lines.length && !found.length) {
        return whole('There is a line of column names and no row below it.');
    }
    if (lines.length > MOST_ROWS) {
        found.push({
            row: 0,
            field: '',
            text: `It has ${lines.length} rows; at most ${MOST_ROWS} go in at once. Split the file.`,
        });
    }
    return {
        rows: lines,
        ignored: header.filter((name) => name && !known.includes(name)),
        problems: found.slice(0, MOST_PROBLEMS),
    };
}

/** What divides the header into most of the list's columns: values may hold any of these. */
function delimiter(text: string, columns: ListColumn[]): string {
    const header = text.split(/[\r\n]+/).find((line) => line.trim()) || '';
    const known = (by: string) =>
        columns.filter(({ name }) =>
            header.split(by).some((cell) => cell.trim().replace(/^"|"$/g, '') === name)
        ).length;
    return [',', ';', '\t'].reduce((best, by) => (known(by) > known(best) ? by : best));
}

/** The line on which each record begins, from 1: a quoted cell may hold line ends. */
function lineNumbers(data: string[][]): number[] {
    let line = 1;
    return data.map((cells) => {
        const begins = line;
        line += 1 + cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g) || []).length, 0);
        return begins;
    });
}

function blank(cells: string[]): boolean {
    return cells.every((cell) => !cell.trim());
}

function names(columns: ListColumn[]): string {
    return columns.map(({ name }) => name).join(', ');
}
