"""What needs splunkd: stored credentials that appear nowhere, and one writer at a time."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.promises.conftest import store
from tests.sources.runner import configuration, outcome, run, start


def test_two_processes_at_once_fetch_nothing_twice(case, splunkd, session, tmp_path):
    """Two members of a cluster: the same stanza, the same KV store, directories of their own."""
    if case.kind == "queue":
        pytest.skip("a queue hands each process its own messages; they run side by side by design")
    store(splunkd, session, case.secrets)
    wanted = case.put(40)
    name = f"pair{abs(hash(str(tmp_path))) % 10**8}"
    processes = []
    for member in ("a", "b"):
        directory = tmp_path / member
        directory.mkdir()
        document = configuration(
            directory,
            {**case.stanza, "checkpoint": "kvstore", "index": "cloud_audit"},
            name=name, server_uri=splunkd.url, session_key=session, scheme=case.scheme,
        )
        processes.append(start(document, case.environment))
    received, logs = Counter(), []
    for process in processes:
        stream, log = process.communicate(timeout=120)
        result = outcome(process.returncode, stream, log)
        assert process.returncode == 0, result.log
        received += case.identities(result)
        logs.append(result.log)
    assert received == Counter(wanted)
    assert session not in "".join(logs)


def test_a_stored_secret_appears_nowhere(case, splunkd, session, tmp_path):
    if not case.canary:
        pytest.skip("the case authenticates without a stored secret")
    store(splunkd, session, case.secrets)
    case.put(4)
    case.stand_in.fault("status", path=case.faulty_path, status=500, times=3)
    document = configuration(
        tmp_path,
        {**case.stanza, "index": "cloud_audit", "log_level": "DEBUG"},
        server_uri=splunkd.url, session_key=session, scheme=case.scheme,
    )
    result = run(document, case.environment)
    assert sum(case.identities(result).values()) == 4, result.log
    assert case.canary not in result.log
    assert case.canary.encode() not in result.stream
    assert session not in result.log and session.encode() not in result.stream
    for path in tmp_path.rglob("*"):
        if path.is_file() and "cloud" not in path.parts:
            assert case.canary.encode() not in path.read_bytes(), path
