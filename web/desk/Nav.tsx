// The desk's pages, at the top of each of them. `g` and a letter goes there from the keyboard.

import { useRef } from 'react';

import { useKeys } from './hooks';
import PageLink from './PageLink';
import { format, PageName, Route } from './route';

const CHORD_MS = 1500;

const NAMES: { page: PageName; text: string; key: string }[] = [
    { page: '', text: 'Queue', key: 'q' },
    { page: 'baselines', text: 'Baselines', key: 'b' },
    { page: 'lists', text: 'Lists', key: 'l' },
];

interface Props {
    route: Route;
    go: (change: Partial<Route>) => void;
}

export default function Nav({ route, go }: Props) {
    const pressed = useRef(0);
    const to = (page: PageName) => go({ caseId: '', page, filters: {} });
    const keys: Record<string, () => void> = {
        g: () => {
            pressed.current = Date.now();
        },
    };
    NAMES.forEach(({ page, key }) => {
        keys[key] = () => {
            if (Date.now() - pressed.current < CHORD_MS) {
                pressed.current = 0;
                to(page);
            }
        };
    });
    useKeys(keys);
    return (
        <nav className="pages" aria-label="Pages of the desk">
            {NAMES.map(({ page, text, key }) => (
                <PageLink
                    key={page}
                    href={format({ caseId: '', page, filters: {} }, window.location.search)}
                    aria-current={route.page === page && !route.caseId ? 'page' : undefined}
                    title={`${text} (g ${key})`}
                    open={() => to(page)}
                >
                    {text}
                </PageLink>
            ))}
        </nav>
    );
}

export const PAGE_KEYS: [string, string][] = NAMES.map(({ text, key }) => [`g ${key}`, text]);
