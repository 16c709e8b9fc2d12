// What an exception of closed cases does, in words.

import { CLOUD_NAMES, MachineCase, shortName, words } from '../model';
import { moment } from '../time';

export const EXCEPTION_FOR = ['benign', 'false_positive'];
export const EXCEPTION_DAYS = ['', '7', '30', '90'];
const NAMED = 3;
const REST = 'Everything else about them, and the same by anybody else, is still told.';
const COUNTS =
    'The searches read it within five minutes; until then the same may open one more case.';

/** Until when, of whom and what nothing is raised by the signals of these cases, and from when on. */
export function silenced(cases: MachineCase[], end: number): string {
    const until = `Until the end of ${moment(end).slice(0, 10)} (UTC)`;
    if (cases.length === 1) {
        const [item] = cases;
        const cloud = CLOUD_NAMES[item.cloud[0]] || item.cloud[0] || '';
        const signals = item.signals.map(words).join(', ') || 'the signals of this case';
        return (
            `${until} nothing is raised by: ${signals}; for` +
            ` ${whom(item).join(', ') || 'the resources of this case'} in ${cloud}` +
            ` ${item.vendor_account[0] || ''}. ${REST} ${COUNTS}`
        );
    }
    const names = [...new Set(cases.flatMap(whom))];
    const more = names.length - NAMED;
    const told = names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
    return (
        `${until} the signals of each of these ${cases.length} cases raise nothing about whom its` +
        ` case is about: ${told || 'their resources'}. ${REST} ${COUNTS}`
    );
}

/** As the endpoint has it: the first principal, or the resources where that one is not known. */
function whom(item: MachineCase): string[] {
    const [user] = item.user;
    return (user && user !== 'unknown' ? [user] : item.object_id).map(shortName);
}
