"""One home and one small app for all cases; lookups that a case writes have names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.metrics import data_point
from lab.mmdb import write

NOW = 1_700_000_000.0
"""Tuesday, 14 November 2023, 22:13:20 UTC."""

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def app() -> App:
    return App(HERE / "app")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("conformance") / "home")
    store(home)
    return home


WEB = [  # seconds before NOW, text
    (10, "GET /cart.do status=200 bytes=100 user=alice ip=10.0.0.1"),
    (70, "GET /cart.do status=404 bytes=20 user=bob ip=10.0.0.2"),
    (3700, 'POST /login.do status=503 bytes=7 user=alice msg="access denied, try again"'),
    (90000, "GET /old.do status=200 bytes=5 user=carol ip=192.168.7.9"),
]


CHANGES = [  # seconds before NOW, source type, text
    (10, "change", ("action=created user=ann command=RunInstances object=i-1"
                   " object_category=instance result=success src=10.0.0.1 image_id=ami-1")),
    (20, "change", ("action=created user=bob command=CreateUser object=eve object_category=account"
                   " result=success src=10.0.0.2 src_user=bob")),
    (3700, "change", ("action=deleted user=root command=DeleteUser object=eve"
                     " object_category=account result=failure src=10.0.0.2 src_user=root")),
    (3800, "change", "command=WriteFile object=f object_category=file result=success"),
    (7300, "change", "command=Touch object=x object_category=other result=success"),
    (30, "logon", "action=failure user=ann src=10.0.0.1 dest=web1 app=ssh"),
    (40, "logon", "action=success user=ann src=10.0.0.1 dest=web1 app=ssh"),
    (50, "logon", "action=success user=WEB1$ src=10.0.0.9 dest=web1 app=ssh"),
    (7200, "logon", "user=bob src=10.0.0.2 dest=web2 app=ssh"),
    (60, "process", "process_name=sh process=sh parent_process_name=init dest=web1 user=root"),
    (70, "process", "process=none dest=web1 user=root"),
]


DATED = [  # _time, text: one east of UTC, one in UTC, one dated by something else, one undated
    (1699992780, "2023-11-14T22:13:00+02:00 action=a"),
    (1700300525, "2023-11-18 09:42:05Z action=b"),
    (1700300525, "2023-11-17T09:42:05Z action=c"),
    (1700300525, "action=d"),
]


GAUGES = [  # host, region, {metric: values, a minute apart, the last at NOW - 20 s}
    ("web1", "east", {"cpu.user": (1, 2, 3, 4), "cpu.system": (10, 20, 30, 40),
                      "requests.total": (100, 160, 220, 280)}),
    ("web2", "west", {"cpu.user": (5, 6, 7, 8), "requests.total": (0, 120, 240, 360)}),
    ("web3", None, {"queue.size": (9, 9, 9, 9)}),
]
PLACES = {
    "192.0.2.0/24": {
        "city": {"names": {"en": "Cork", "de": "Cork"}},
        "continent": {"code": "EU", "names": {"en": "Europe", "de": "Europa"}},
        "country": {"iso_code": "IE", "names": {"en": "Ireland", "de": "Irland"}},
        "location": {"latitude": 51.9, "longitude": -8.5, "metro_code": 7,
                     "time_zone": "Europe/Dublin"},
        "subdivisions": [{"iso_code": "M", "names": {"en": "Munster", "de": "Munster"}}]},
    "203.0.113.0/24": {"country": {"iso_code": "JP", "names": {"en": "Japan", "de": "Japan"}}},
    "2001:db8::/32": {"country": {"iso_code": "BR", "names": {"en": "Brazil", "de": "Brasilien"}}},
}


def gauges() -> list[Event]:
    found = []
    for host, region, metrics in GAUGES:
        for minute in range(4):
            fields = {f"metric_name:{name}": str(values[minute]) for name, values in metrics.items()}
            if region:
                fields["region"] = region
            time = NOW - 20 - 60 * (3 - minute)
            found.append(Event(time, time, "", "sensor", "probe", host, data_point(fields)))
    return found


def store(home: Home) -> None:
    """Index `web` holds plain events, `dated` events with time stamps, `facts` indexed fields, `changes` events that
    the app's data models map, `gauges` metric data points; `points` is an empty metric index."""
    home.store.append("gauges", gauges())
    write(home.path / "iplocation.mmdb", PLACES, "Test-City")
    home.store.append("web", [
        Event(NOW - ago, NOW - ago, text, "access", "/var/log/web", "www1", {})
        for ago, text in WEB])
    home.store.append("facts", [
        Event(NOW - ago, NOW - ago, "fact", "fact", "unit", "www2", fields)
        for ago, fields in [
            (10, {"kind": "a", "size": "10"}), (20, {"kind": "b", "size": "9"}),
            (3700, {"kind": "a", "size": "100"})]])
    home.store.append("dated", [
        Event(when, NOW, text, "access", "unit", "www3", {}) for when, text in DATED])
    home.store.append("changes", [
        Event(NOW - ago, NOW - ago, text, kind, f"/var/log/{kind}", "hub", {})
        for ago, kind, text in CHANGES])
