"""A run is left out only where it can neither yield nor change anything."""

import pytest

from lab.engine.run import Context
from lab.engine.store import Event
from lab.skipping import provably_idle
from lab.spl.parse import parse

NOON = 1_700_000_000


def event(moment, indextime):
    return Event(moment, indextime, "x", "app:text", "s", "h")


@pytest.fixture
def idle(home, app):
    home.store.append("audit", [event(NOON - 600, NOON - 600), event(NOON - 60, NOON)])
    (home.lookups_dir / "k.csv").write_text("a\n1\n", "utf-8")

    def decide(text, **window):
        values = {
            "earliest": None,
            "latest": None,
            "index_earliest": None,
            "index_latest": None,
            "visible_before": NOON,
            **window,
        }
        context = Context(home=home, app=app, now=NOON, **values)
        return provably_idle(parse(text, app), context)

    return decide


@pytest.mark.parametrize(
    "text, window",
    [
        ("index=audit | stats count by host", {"index_earliest": NOON - 300}),
        ("index=audit | stats count by host", {"earliest": NOON - 300, "latest": NOON - 120}),
        ("index=audit _index_earliest=-5m _index_latest=now | collect index=operations", {}),
        ("index=operations OR index=metrics x=1 | eval a=1 | outputlookup append=true k.csv", {}),
        ("index IN (operations, metrics) | dedup host | lookup nets src OUTPUT label", {}),
        ("| tstats count where index=audit by host", {"index_earliest": NOON - 300}),
        ("| mstats avg(cpu) WHERE index=metrics | collect index=operations", {}),
        ("index=operations | mcollect index=metrics split=allnums", {}),
        ("index=operations | join host [search index=audit]", {}),
        ("index=operations [| inputlookup k.csv | dedup a | fields a]", {}),
        # search text that is made and looked at
        ('index=operations [| inputlookup k.csv | eval search="x=".a | fields search]', {}),
    ],
)
def test_idle(idle, text, window):
    assert idle(text, **window)


@pytest.mark.parametrize(
    "text, window",
    [
        # rows in the window
        ("index=audit | stats count by host", {}),
        ("index=audit | stats count by host", {"index_earliest": NOON - 600}),
        (
            "index=audit | stats count by host",
            {"index_earliest": NOON - 300, "visible_before": None},
        ),
        # commands that make rows, or write, out of nothing
        ("index=operations | stats count", {}),
        ("index=operations | append [search index=audit]", {}),
        ("index=operations | outputlookup k.csv", {}),
        ("index=operations | appendpipe [stats count]", {}),
        ("index=operations | inputlookup append=true k.csv", {}),
        ("index=operations | timechart count", {}),
        ("| tstats count where index=operations", {}),
        # not certain where it reads
        ("host=h | stats count by host", {}),
        ("index=oper* | stats count by host", {}),
        ("index=operations OR host=h | stats count by host", {}),
        ("NOT index=audit | stats count by host", {}),
        ("index=operations [search index=audit | return host]", {}),
        ("index=operations [| inputlookup k.csv | fields earliest]", {}),
        ("index=operations [| inputlookup k.csv | fields a*]", {}),
        ("index=operations [| inputlookup k.csv | rename a AS search]", {}),
        ('index=operations [| inputlookup k.csv | eval search="earliest=-1y" | fields search]', {}),
        (('index=operations [| inputlookup k.csv | eval search="[search index=audit | return host]"'
         " | fields search]"), {}),
        ("index=operations [| inputlookup no.csv | eval search=a | fields search]", {}),
        ("index=operations [| inputlookup k.csv | outputlookup append=true o.csv | fields a]", {}),
        ("| inputlookup k.csv", {}),
    ],
)
def test_not_proved(idle, text, window):
    assert not idle(text, **window)
