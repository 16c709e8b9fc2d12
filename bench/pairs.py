"""Searches and the same work in SQL as a person would write it.

`{events}` stands for the relation with `_time` and the fields named (a table, or Parquet files with
the fields as columns); in the cold form it is a selection from the stored events that reads the
fields from `_raw` with `json_extract_string`. `{log}` is the index with indexed fields, `{owners}`
the lookup's file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """`fields` are what the SQL needs of an event beside `_time`."""

    name: str
    spl: str
    sql: str
    fields: tuple[str, ...]
    indexed: bool = False


PAIRS = (
    Pair("stats by", "index=cloud_audit | stats count dc(sourceIPAddress) AS sources"
         " BY eventName awsRegion",
         "SELECT eventName, awsRegion, count(*), count(DISTINCT sourceIPAddress) FROM {events}"
         " WHERE eventName IS NOT NULL AND awsRegion IS NOT NULL GROUP BY ALL ORDER BY ALL",
         ("eventName", "awsRegion", "sourceIPAddress")),
    Pair("lookup + stats", "index=cloud_audit"
         " | lookup bench_owners user AS userIdentity.sessionContext.sessionIssuer.userName"
         " OUTPUT team | stats count dc(eventName) AS commands BY team",
         'SELECT team, count(*), count(DISTINCT eventName) FROM {events} e JOIN {owners} o ON'
         ' e."userIdentity.sessionContext.sessionIssuer.userName" = o."user"'
         " GROUP BY ALL ORDER BY ALL",
         ("userIdentity.sessionContext.sessionIssuer.userName", "eventName")),
    Pair("tstats + lookup", "| tstats count max(_time) AS last WHERE index=ciw_operations"
         " status=success BY user command | lookup bench_owners user OUTPUT team"
         " | stats sum(count) AS operations max(last) AS last BY team",
         'SELECT team, sum(n), max(last) FROM (SELECT "user", command, count(*) AS n, max(_time) AS'
         " last FROM {log} WHERE status = 'success' GROUP BY ALL) JOIN {owners} USING (\"user\")"
         " GROUP BY ALL ORDER BY ALL",
         ("user", "command", "status"), indexed=True),
    Pair("timechart", "index=cloud_audit | timechart span=10m count BY eventSource",
         "PIVOT (SELECT make_timestamp(CAST(floor(_time / 600) * 600000000 AS BIGINT)) AS bucket,"
         " coalesce(name, 'OTHER') AS series FROM {events} e LEFT JOIN"
         " (SELECT eventSource AS name FROM {events} GROUP BY ALL ORDER BY count(*)"
         " DESC LIMIT 10) t ON t.name = e.eventSource)"
         " ON series USING count(*) GROUP BY bucket ORDER BY bucket",
         ("eventSource",)),
    Pair("streamstats", "index=cloud_audit | streamstats count AS nth BY sourceIPAddress"
         " | stats max(nth) AS most BY awsRegion",
         "SELECT awsRegion, max(nth) FROM (SELECT awsRegion, count(*) OVER (PARTITION BY"
         " sourceIPAddress ORDER BY _time DESC, _indextime DESC ROWS UNBOUNDED PRECEDING) AS nth"
         " FROM {events}) GROUP BY ALL ORDER BY ALL",
         ("sourceIPAddress", "awsRegion")),
    Pair("dedup", "index=cloud_audit | dedup sourceIPAddress eventName | stats count BY awsRegion",
         "SELECT awsRegion, count(*) FROM (SELECT arg_max(awsRegion, _time) AS awsRegion"
         " FROM {events} WHERE sourceIPAddress IS NOT NULL AND eventName IS NOT NULL"
         " GROUP BY sourceIPAddress, eventName) GROUP BY ALL ORDER BY ALL",
         ("sourceIPAddress", "eventName", "awsRegion")),
)


def quoted(name: str) -> str:
    return '"' + name + '"'


def cold(fields: tuple[str, ...], files: str) -> str:
    """The events with fields read from their text."""
    read = ", ".join("json_extract_string(_raw, '$." + ".".join(quoted(part) for part in
                     name.split(".")) + f"') AS {quoted(name)}" for name in fields)
    return f"(SELECT _time, _indextime, {read} FROM read_parquet('{files}'))"
