"""What an earlier or later version has recorded, and what was recorded under other arguments.

It is taken over whole, or refused with what to do; it is never read as if there were nothing, for
then everything would come a second time.
"""

from __future__ import annotations

import json
from collections import Counter

import pytest
from ciw.checkpoint import shard_key

from tests.promises.cases.azure_activity import SUBSCRIPTION, Case
from tests.sources.runner import configuration, run


@pytest.fixture
def case(tmp_path):
    (tmp_path / "cloud").mkdir()
    made = Case(tmp_path / "cloud")
    yield made
    made.close()


@pytest.fixture
def go(case, tmp_path):
    """Runs the input with further arguments."""

    def run_it(**more):
        stanza = {"checkpoint": "file", "index": "example", **case.stanza, **more}
        document = configuration(
            tmp_path, stanza, scheme=case.scheme, server_uri="http://127.0.0.1:9"
        )
        return run(document, case.environment)

    return run_it


def stamp(tmp_path):
    (found,) = tmp_path.rglob("stamp-*")
    return found


def test_progress_without_a_stamp_is_taken_over(case, go, tmp_path):
    """As the versions before the stamp left it."""
    wanted = case.put(5)
    received = case.identities(go())
    assert json.loads(stamp(tmp_path).read_text()) == {"format": 1, "checkpoint": "file"}
    stamp(tmp_path).unlink()
    wanted += case.put(2)
    received += case.identities(go())
    assert received == Counter(wanted)
    assert stamp(tmp_path).exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"format": 2, "checkpoint": "file"}', "recorded in format 2 by a later version"),
        ('{"format": 1, "checkpoint": "kvstore"}', "recorded with checkpoint = kvstore"),
        ("{", "cannot be read"),
    ],
)
def test_what_this_version_does_not_know_is_refused_with_what_to_do(
    case, go, tmp_path, content, said
):
    case.put(5)
    go()
    stamp(tmp_path).write_text(content)
    case.put(2)
    outcome = go()
    assert outcome.status == 2
    assert outcome.events == []
    assert said in outcome.log
    assert "move " in outcome.log and "away to start without" in outcome.log
    assert "Traceback" not in outcome.log


def test_a_position_of_another_form_is_refused_with_its_place(case, go, tmp_path):
    case.put(5)
    go()
    (journal,) = tmp_path.rglob("journal-*")
    journal.write_bytes(b"")
    (cursors,) = tmp_path.rglob("cursors-*")
    key = shard_key(f"{case.scheme}://main", f"frontier\x00{SUBSCRIPTION}\x00900")
    (cursors / f"{key[:2]}.json").write_text(json.dumps({key: {"offset": 3}}))
    outcome = go()
    assert outcome.status == 2
    assert outcome.events == []
    assert f"move {cursors} away" in outcome.log
    assert "Traceback" not in outcome.log


@pytest.mark.parametrize(
    "changes",
    [
        [{"overlap_minutes": "5"}, {"overlap_minutes": "1440"}],
        [{"backfill_days": "3"}, {"backfill_days": "0"}],
    ],
    ids=["overlap", "backfill"],
)
def test_changed_arguments_lose_nothing_and_repeat_nothing(case, go, changes):
    wanted, received = case.put(5), Counter()
    for more in [{}, *changes, {}]:
        received += case.identities(go(**more))
        case.pass_time(1500)
        wanted += case.put(3)
    received += case.identities(go())
    assert received == Counter(wanted)
