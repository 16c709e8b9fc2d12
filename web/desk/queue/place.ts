// The order in which the queue was last shown, for the way from one case to the next and back to
// one's place. It lasts as long as the page: whoever opens a case by its address has no queue yet.

let shown: string[] = [];
let left = '';
let byKey = false;

export interface Neighbours {
    previous?: string;
    next?: string;
    /** Its place, counted from 1, of how many; 0 where the queue did not show the case. */
    at: number;
    of: number;
}

export function neighbours(caseId: string): Neighbours {
    const at = shown.indexOf(caseId);
    return at === -1
        ? { at: 0, of: shown.length }
        : { previous: shown[at - 1], next: shown[at + 1], at: at + 1, of: shown.length };
}

/** A case is being looked at: the queue will go on there. */
export function visit(caseId: string): void {
    left = caseId;
    byKey = false;
}

/** The way back was a key: the focus is wanted in the queue. */
export function goBackByKey(): void {
    byKey = true;
}

/**
 * The queue shows these cases now. After a visit it gives, once, where to go on: at the case visited
 * or, where that has left, at the first one behind it that is still there.
 */
export function arrive(ids: string[]): { caseId: string; focus: boolean } | undefined {
    const behind = shown.slice(shown.indexOf(left) + 1);
    const caseId = ids.includes(left) ? left : shown.includes(left) && behind.find((id) => ids.includes(id));
    const place = left && caseId ? { caseId, focus: byKey } : undefined;
    shown = ids;
    left = '';
    return place;
}
