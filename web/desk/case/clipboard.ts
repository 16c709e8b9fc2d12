// Copying and saving text. The asynchronous clipboard exists only on pages served over HTTPS and may
// be forbidden; Splunk is often served without.

function copyBySelection(value: string): boolean {
    const area = document.createElement('textarea');
    area.value = value;
    area.setAttribute('readonly', '');
    area.setAttribute('aria-hidden', 'true');
    area.style.position = 'fixed';
    area.style.top = '0';
    area.style.opacity = '0';
    const focused = document.activeElement as HTMLElement | null;
    document.body.appendChild(area);
    area.select();
    try {
        return document.execCommand('copy');
    } finally {
        area.remove();
        focused?.focus?.();
    }
}

/** True if the text is on the clipboard now. */
export async function copy(value: string): Promise<boolean> {
    if (navigator.clipboard) {
        try {
            await navigator.clipboard.writeText(value);
            return true;
        } catch {
            return copyBySelection(value);
        }
    }
    return copyBySelection(value);
}

/** Offers the text as a file. */
export function save(name: string, value: string, type: string): void {
    const url = URL.createObjectURL(new Blob([value], { type: `${type};charset=utf-8` }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name.replace(/[^\w.-]+/g, '_') || 'case';
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
