"""A lint for Splunk's traps: what parses and runs, and then is not what its author meant.

`subjects` reads every search, macro, event type, props stanza and dashboard of an app; `flow`
follows what is certain of the rows from command to command; the modules of `rules` look for one
trap each; `check` puts the findings against the accepted ones. `rules.yaml` is the table of rules.
"""
