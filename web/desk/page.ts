import type { ReactNode } from 'react';

import type { Route } from './route';

/** What each page of the desk is given. */
export interface PageProps {
    route: Route;
    go: (change: Partial<Route>, replace?: boolean) => void;
    themeToggle: ReactNode;
}
