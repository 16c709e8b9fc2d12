"""`make evaluate`: how well the shipped searches detect, measured on the scenarios.

Every story is laid over a mature past in a home of the lab, its records arrive as the inputs bring
them, and the shipped searches run at their cron times. What they wrote to `ciw_signals` and
`ciw_cases` is compared with the story's labels, which no search can read. The benign month is run
in steps of some hours. Beside it stands what a plain first-seen-user rule says to the same log.
"""
