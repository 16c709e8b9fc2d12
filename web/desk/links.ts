// Searches that the desk links to. A value goes in as a quoted string, so that whatever stands in
// it stays one value.

import { searchLink } from './api';

/** An SPL string: a backslash and a quotation mark stand behind a backslash. */
export function quoted(value: string): string {
    return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

interface Of {
    cloud: string;
    vendor_account: string;
    user: string;
}

/** The operations of a principal, in the app's operation log. */
export function operationsSearch({ cloud, vendor_account, user }: Of): string {
    const terms = Object.entries({ cloud, vendor_account, user })
        .filter(([, value]) => value && value !== '*')
        .map(([name, value]) => `${name}==${quoted(value)}`);
    const where = terms.length ? ` | where ${terms.join(' AND ')}` : '';
    return `\`ciw_changes\`${where} | table _time user command status src object_id`;
}

export const operationsLink = (of: Of) => searchLink(operationsSearch(of));
