import './ahead';

import Button from '@splunk/react-ui/Button';
import { SplunkThemeProvider } from '@splunk/themes';
import { ComponentType, useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { forgetAhead } from './api';
import Baselines from './baselines/Baselines';
import Boundary from './Boundary';
import CasePage from './CasePage';
import Lists from './lists/Lists';
import Nav from './Nav';
import Queue from './Queue';
import type { PageProps } from './page';
import { PageName, useRoute } from './route';
import { Frame, Root } from './style';

type Scheme = 'dark' | 'light';
const STORED = 'cloud_instance_watch.desk.theme';
const MOUNT = 'ciw-desk';

const PAGE_TITLES: Record<PageName, string> = {
    '': 'Triage queue',
    baselines: 'Baselines',
    lists: 'Lists',
};

const PAGES: Record<PageName, ComponentType<PageProps>> = {
    '': Queue,
    baselines: Baselines,
    lists: Lists,
};

function storedScheme(): Scheme {
    const asked = new URLSearchParams(window.location.search).get('theme');
    return (asked || window.localStorage.getItem(STORED)) === 'light' ? 'light' : 'dark';
}

function Desk() {
    const [route, go] = useRoute();
    const [scheme, setScheme] = useState<Scheme>(storedScheme);
    const toggle = useCallback(() => {
        setScheme((before) => {
            const next = before === 'dark' ? 'light' : 'dark';
            window.localStorage.setItem(STORED, next);
            return next;
        });
    }, []);
    useEffect(() => {
        document.title = route.caseId ? `Case ${route.caseId}` : PAGE_TITLES[route.page];
        window.scrollTo(0, 0);
    }, [route.caseId, route.page]);
    // After the effects of the page, which took what it asked for.
    useEffect(forgetAhead, []);
    const Page = PAGES[route.page];
    const themeToggle = (
        <Button
            appearance="subtle"
            label={scheme === 'dark' ? 'Light theme' : 'Dark theme'}
            onClick={toggle}
        />
    );
    return (
        <SplunkThemeProvider family="enterprise" colorScheme={scheme} density="compact">
            <Frame />
            <Root className={scheme}>
                <Nav route={route} go={go} />
                {route.caseId ? (
                    <Boundary
                        key={route.caseId}
                        what={`Case ${route.caseId}`}
                        back={() => go({ caseId: '' })}
                    >
                        <CasePage
                            caseId={route.caseId}
                            route={route}
                            go={go}
                            themeToggle={themeToggle}
                        />
                    </Boundary>
                ) : (
                    <Boundary key={route.page} what={PAGE_TITLES[route.page]}>
                        <Page route={route} go={go} themeToggle={themeToggle} />
                    </Boundary>
                )}
            </Root>
        </SplunkThemeProvider>
    );
}

/** Splunk Web may draw the panel that holds the mount point after it has loaded this script. */
function start(): boolean {
    const mount = document.getElementById(MOUNT);
    if (mount) {
        createRoot(mount).render(<Desk />);
    }
    return Boolean(mount);
}

if (!start()) {
    const observer = new MutationObserver(() => start() && observer.disconnect());
    observer.observe(document.documentElement, { childList: true, subtree: true });
}
