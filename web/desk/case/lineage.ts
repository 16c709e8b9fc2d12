// Where the boxes and arrows of a lineage stand: origins left, what derives from them to the right.

import type { Row } from './shapes';

export interface Node {
    id: string;
    kind: string;
    /** The operation that made it, where one did. */
    how: string;
    inCase: boolean;
    x: number;
    y: number;
}

export interface Edge {
    from: string;
    to: string;
    how: string;
    who: string;
    time: string;
}

export interface Drawing {
    nodes: Node[];
    edges: Edge[];
    width: number;
    height: number;
}

export const BOX = { width: 208, height: 46 };
const GAP = { x: 60, y: 18 };
const MARGIN = 6;
/** More boxes than this are no picture any more; the words remain. */
export const MOST_NODES = 40;

/** The drawing of rows of ciw_investigate_lineage. A circle, which no log should hold, ends. */
export function draw(rows: Row[]): Drawing {
    const kinds = new Map<string, string>();
    const within = new Set<string>();
    const edges: Edge[] = [];
    const seen = new Set<string>();
    rows.filter((row) => row.to_id).forEach((row) => {
        kinds.set(row.to_id, row.to_kind || kinds.get(row.to_id) || '');
        if (row.in_case === 'yes') {
            within.add(row.to_id);
        }
        if (!row.from_id || row.from_id === row.to_id) {
            return;
        }
        kinds.set(row.from_id, row.from_kind || kinds.get(row.from_id) || '');
        const key = JSON.stringify([row.from_id, row.to_id, row.how]);
        if (!seen.has(key)) {
            seen.add(key);
            edges.push({
                from: row.from_id,
                to: row.to_id,
                how: row.how || '',
                who: row.who || '',
                time: row._time || '',
            });
        }
    });
    const ids = [...kinds.keys()];
    const depth = new Map(ids.map((id) => [id, 0]));
    for (let turn = 0; turn < ids.length; turn += 1) {
        let moved = false;
        edges.forEach(({ from, to }) => {
            const wanted = Math.min((depth.get(from) || 0) + 1, ids.length - 1);
            if (wanted > (depth.get(to) || 0)) {
                depth.set(to, wanted);
                moved = true;
            }
        });
        if (!moved) {
            break;
        }
    }
    // What has no origin stands beside the first that was made of it, not at the far left.
    ids.filter((id) => !edges.some(({ to }) => to === id)).forEach((id) => {
        const next = edges.filter(({ from }) => from === id).map(({ to }) => depth.get(to) || 0);
        depth.set(id, Math.max(0, Math.min(...next, ids.length) - 1));
    });
    const columns: string[][] = [];
    const used = [...new Set(ids.map((id) => depth.get(id) || 0))].sort((a, b) => a - b);
    used.forEach((level) => columns.push(ids.filter((id) => depth.get(id) === level)));
    const tallest = Math.max(0, ...columns.map((column) => column.length));
    const height = tallest * (BOX.height + GAP.y) - GAP.y + 2 * MARGIN;
    const nodes = columns.flatMap((column, at) => {
        const length = column.length * (BOX.height + GAP.y) - GAP.y;
        return column.map((id, place) => ({
            id,
            kind: kinds.get(id) || '',
            how: edges.find(({ to }) => to === id)?.how || '',
            inCase: within.has(id),
            x: MARGIN + at * (BOX.width + GAP.x),
            y: (height - length) / 2 + place * (BOX.height + GAP.y),
        }));
    });
    const width = columns.length * (BOX.width + GAP.x) - GAP.x + 2 * MARGIN;
    return { nodes, edges, width: Math.max(0, width), height: Math.max(0, height) };
}

/** A resource id that fits a box: its last part, cut in the middle. */
export function brief(id: string, longest = 30): string {
    const last = id.split('/').filter(Boolean).pop() || id;
    if (last.length <= longest) {
        return last;
    }
    const half = Math.floor((longest - 1) / 2);
    return `${last.slice(0, half)}…${last.slice(-half)}`;
}
