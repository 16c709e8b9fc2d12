import type { Filters } from '../route';

/** How many cases the queue shows at once. */
export const PAGE = 50;

/** The query for one page of the queue. */
export const queuePage = (filters: Filters) => ({
    ...(filters as Record<string, string>),
    count: String(PAGE),
});
