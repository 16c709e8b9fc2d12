// Sends what the first view asks for before the rest of the desk has run: the endpoint answers while
// the browser still compiles. It is to be the first import of the entry.

import { CASE, QUEUE, sendAhead, WHO_AM_I } from './api';
import { queuePage } from './queue/page';
import { parse } from './route';

const { caseId, page, filters } = parse(window.location.search);
if (caseId) {
    sendAhead(CASE, { case_id: caseId });
} else if (!page) {
    sendAhead(QUEUE, queuePage(filters));
}
if (caseId || !page) {
    sendAhead(WHO_AM_I, {});
}
