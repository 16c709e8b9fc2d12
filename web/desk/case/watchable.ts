// What of a case is offered to be watched.

import type { MachineCase } from '../model';

/** By kind (user, account, image): names of the case, then of its instances in the ledger. */
export type Watchable = Record<string, string[]>;
const MOST = 8;

/**
 * The first names of a kind, and how many more there are. Until the endpoint has answered, or where
 * it failed, what the case itself names.
 */
export function candidates(
    item: Pick<MachineCase, 'user' | 'vendor_account'>,
    watchable: Watchable | undefined,
    kind: string
): { names: string[]; more: number } {
    const own: Watchable = {
        user: item.user.filter((user) => user !== 'unknown'),
        account: item.vendor_account,
    };
    const all = watchable?.[kind] || own[kind] || [];
    return { names: all.slice(0, MOST), more: Math.max(0, all.length - MOST) };
}

/** Why nothing is offered, and where the name stands. */
export function none(kind: string, watchable: Watchable | undefined): string {
    const where = 'Copy it from the log of the operation: the tab L2 links to it.';
    if (kind === 'image') {
        return watchable
            ? `The ledger knows no image of this case’s instances. ${where}`
            : `The images of this case’s instances are not known yet. ${where}`;
    }
    return `The case names none. ${where}`;
}
