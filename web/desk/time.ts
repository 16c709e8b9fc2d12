// Times are epoch seconds and shown in UTC, as the clouds' logs have them.

/** Beyond this a Date has no calendar day. */
const LATEST = 8.64e12;

/** Null where the value is no time. */
export function seconds(value: unknown): number | null {
    const number = Number(value);
    return number > 0 && number < LATEST ? number : null;
}

/** The two largest units: `3d 4h`, `12m`, `40s`; from ten days on only days. */
export function span(length: number): string {
    const whole = Math.max(0, Math.floor(length));
    const units: [number, string][] = [
        [86400, 'd'],
        [3600, 'h'],
        [60, 'm'],
        [1, 's'],
    ];
    const first = units.findIndex(([size]) => whole >= size);
    if (first === -1) {
        return '0s';
    }
    const [size, unit] = units[first];
    const text = `${Math.floor(whole / size)}${unit}`;
    const next = units[first + 1];
    const rest = next ? Math.floor((whole % size) / next[0]) : 0;
    return next && rest && unit !== 'm' && whole < 10 * 86400 ? `${text} ${rest}${next[1]}` : text;
}

export function moment(value: unknown): string {
    const at = seconds(value);
    return at === null ? '' : `${new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function shortMoment(value: unknown): string {
    const at = seconds(value);
    return at === null ? '' : `${new Date(at * 1000).toISOString().slice(5, 16).replace('T', ' ')}`;
}

export type Urgency = 'overdue' | 'soon' | 'fine' | 'none';

/** How a deadline stands: in the last hour it is `soon`. */
export function deadline(due: unknown, now: number): { urgency: Urgency; text: string } {
    const at = seconds(due);
    if (at === null) {
        return { urgency: 'none', text: '' };
    }
    const left = at - now;
    if (left < 0) {
        return { urgency: 'overdue', text: `${span(-left)} over` };
    }
    return { urgency: left < 3600 ? 'soon' : 'fine', text: `${span(left)} left` };
}
