import Button from '@splunk/react-ui/Button';
import { SplunkThemeProvider } from '@splunk/themes';
import { useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

import Boundary from './Boundary';
import CasePage from './CasePage';
import Queue from './Queue';
import { useRoute } from './route';
import { Frame, Root } from './style';

type Scheme = 'dark' | 'light';
const STORED = 'cloud_instance_watch.desk.theme';
const MOUNT = 'ciw-desk';

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
        document.title = route.caseId ? `Case ${route.caseId}` : 'Triage queue';
        window.scrollTo(0, 0);
    }, [route.caseId]);
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
                    <Boundary key="queue" what="The queue">
                        <Queue route={route} go={go} themeToggle={themeToggle} />
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
