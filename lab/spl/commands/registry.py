"""The table of commands: those the lab parses, those it refuses with the reason, and the rest."""

from __future__ import annotations

from difflib import get_close_matches

from lab.spl.commands import (
    aggregate,
    charts,
    columns,
    combine,
    conversion,
    datamodels,
    datasets,
    grouping,
    metrics,
    reporting,
    rows,
    tables,
)
from lab.spl.commands.base import Parser
from lab.spl.errors import Span, SPLError

COMMANDS: dict[str, Parser] = {
    **rows.PARSERS, **columns.PARSERS, **aggregate.PARSERS, **charts.PARSERS, **tables.PARSERS,
    **combine.PARSERS, **reporting.PARSERS, **metrics.PARSERS,
    **conversion.PARSERS, **datasets.PARSERS, **datamodels.PARSERS, **grouping.PARSERS,
}

ALIASES = {
    "bucket": "bin", "discretize": "bin", "stash": "collect", "summaryindex": "collect",
    "sumindex": "collect", "savedsplunk": "savedsearch", "msearch": "mpreview", "common": "top",
    "transam": "transaction", "maketable": "xyseries", "kv": "extract", "ar": "autoregress",
}
"""Other names of commands (searchbnf.conf `alias`)."""

GENERATING = frozenset({"search", "tstats", "datamodel", "from", "inputlookup", "makeresults", "savedsearch",
                        "mstats", "mcatalog", "multisearch", "union", "eventcount",
                        "metadata", "set", "gentimes"})
"""Commands that may come first."""

_LEARNING = "machine learning depends on a library and a fitted model outside of the search"
REFUSED = {
    "fit": _LEARNING, "apply": _LEARNING, "summary": _LEARNING, "listmodels": _LEARNING,
    "deletemodel": _LEARNING, "score": _LEARNING, "sample": "its result is random",
    "predict": _LEARNING, "anomalydetection": _LEARNING, "anomalies": _LEARNING,
    "anomalousvalue": _LEARNING, "cluster": _LEARNING, "kmeans": _LEARNING,
    "map": "it runs one search for each row, which no planner can bound",
    "rest": "it reads a live splunkd",
    "script": "it runs a program of the search head",
    "run": "it runs a program of the search head",
    "runshellscript": "it runs a program of the search head",
    "sendalert": "it runs an alert action of the search head",
    "sendemail": "it sends mail",
    "dbxquery": "it needs the app Splunk DB Connect",
    "delete": "it removes events from their index",
    "loadjob": "it reads the results of another job",
    "reltime": "how it rounds what it says in words is not documented; subtract from now() instead",
    "mpreview": "the form in which it shows data points is not described; use mstats or mcatalog",
    "rtorder": "it belongs to real-time searches",
}
"""Commands the lab will not have, with the reason."""

NOT_YET = frozenset(
    ["abstract", "af", "analyzefields", "appendcsv", "arules", "associate", "audit", "bucketdir", "cofilter", "collapse", "concurrency", "contingency", "correlate", "counttable", "createrss", "ctable", "dbinspect", "debug", "diff", "dump", "editinfo", "erex", "excerpt", "findkeywords", "findtypes", "folderize", "federate", "gauge", "geom", "geomfilter", "geostats", "highlight", "hilite", "history", "iconify", "inputcsv", "inputintelligence", "kvform", "localize", "localop", "makejson", "metasearch", "mrollup", "multikv", "nokv", "noop", "outlier", "outlierfilter", "outputcsv", "outputraw", "outputtext", "overlap", "pivot", "prjob", "redistribute", "require", "searchtxn", "selfjoin", "setfields", "showargs", "sichart", "sirare", "sistats", "sitimechart", "sitop", "slc", "snowincident", "tags", "timewrap", "tojson", "tscollect", "typeahead", "typelearner", "typer", "walklex", "x11", "xmlkv", "xmlunescape", "xpath"]
)
"""Commands Splunk has and the lab does not parse yet."""


def find(name: str, span: Span) -> tuple[str, Parser]:
    """The canonical name and the parser of a command as written; SPLError if there is none."""
    lowered = ALIASES.get(name.lower(), name.lower())
    if lowered in COMMANDS:
        return lowered, COMMANDS[lowered]
    if lowered in REFUSED:
        raise SPLError(
            f"the command '{name}' is refused by the lab: {REFUSED[lowered]}", span,
            construct=name,
        )
    if lowered in NOT_YET:
        raise SPLError(
            f"the command '{name}' is not supported by the lab yet", span, construct=name
        )
    near = get_close_matches(lowered, [*COMMANDS, *ALIASES, *NOT_YET], 1)
    raise SPLError(
        f"unknown command '{name}'", span, construct=name,
        hint=f"did you mean {near[0]}?" if near
        else "search terms stand before the first pipe, or behind search",
    )
