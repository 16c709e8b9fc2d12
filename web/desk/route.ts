// The page's state lives in the URL's query, so that reload, back and a shared link keep it.

import { useCallback, useEffect, useState } from 'react';

export const FILTERS = [
    'text', 'severity', 'state', 'cloud', 'owner', 'due', 'dimension', 'list', 'sort', 'offset',
] as const;
/** The queue has no name: it is where the desk begins. */
export const PAGES = ['', 'baselines', 'lists'] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = Partial<Record<Filter, string>>;
export type PageName = (typeof PAGES)[number];
/** What a case's page shows; the first is where it begins. */
export const TABS = ['l1', 'l2', 'contain', 'report'] as const;
export type TabName = (typeof TABS)[number];

export interface Route {
    caseId: string;
    page: PageName;
    /** None is the first. */
    tab?: TabName;
    filters: Filters;
}

export function parse(search: string): Route {
    const query = new URLSearchParams(search);
    const filters: Filters = {};
    FILTERS.forEach((name) => {
        const value = query.get(name);
        if (value) {
            filters[name] = value;
        }
    });
    const page = PAGES.find((name) => name === query.get('page')) || '';
    const tab = TABS.find((name) => name === query.get('tab')) || TABS[0];
    return { caseId: query.get('case') || '', page, tab, filters };
}

/** The query of a route; parameters that are not the desk's stay. */
export function format(route: Route, search: string): string {
    const query = new URLSearchParams(search);
    [...FILTERS, 'case', 'page', 'tab'].forEach((name) => query.delete(name));
    if (route.page) {
        query.set('page', route.page);
    }
    FILTERS.forEach((name) => {
        const value = route.filters[name];
        if (value) {
            query.set(name, value);
        }
    });
    if (route.caseId) {
        query.set('case', route.caseId);
        if (route.tab && route.tab !== TABS[0]) {
            query.set('tab', route.tab);
        }
    }
    const text = query.toString();
    return text ? `?${text}` : window.location.pathname;
}

export function useRoute(): [Route, (change: Partial<Route>, replace?: boolean) => void] {
    const [route, setRoute] = useState(() => parse(window.location.search));
    useEffect(() => {
        const follow = () => setRoute(parse(window.location.search));
        window.addEventListener('popstate', follow);
        return () => window.removeEventListener('popstate', follow);
    }, []);
    const go = useCallback((change: Partial<Route>, replace = false) => {
        const next = { ...parse(window.location.search), ...change };
        const url = format(next, window.location.search);
        window.history[replace ? 'replaceState' : 'pushState'](null, '', url);
        setRoute(next);
    }, []);
    return [route, go];
}
