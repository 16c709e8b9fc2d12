"""From a file to indexed events: breaking, time stamps, quarantine; by the app's props.conf."""
