"""Hostile and mutated searches over a small data set: rows or SPLError, within time and memory.

Each batch runs in a process of its own, with a limit of address space, and of time for each search:
a hang, a crash and a traceback all fail the batch with the search that caused it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.conformance import load

HERE = Path(__file__).resolve().parent
SECONDS = 20
"""Time for one search; the machine may be busy."""
MEMORY = 3 << 30
MUTATED = int(os.environ.get("CIW_FUZZ", "400"))

LONG = "a" * 60 + "!"
HOSTILE = [
    f'| makeresults | eval s="{LONG}" | where match(s, "(a+)+$")',
    f'| makeresults | eval s="{LONG}" | where match(s, "(?=a)(a|aa)+$")',
    f'| makeresults | eval s="{LONG}" | rex field=s "(?=a)(?<x>(a|aa)+)$"',
    f'| makeresults | eval s="{LONG}" | regex s="(?=a)(a|aa)+$"',
    f'| makeresults | eval s="{LONG}" | eval x=replace(s, "(?=a)(a|aa)+$", "x")',
    f'| makeresults | eval s="{LONG}" | rex field=s mode=sed "s/(?=a)(a|aa)+$/x/"',
    f'| makeresults | eval s="{LONG}" | makemv tokenizer="((?=a)(?:a|aa)+$)" s',
    "| makeresults | eval x=mvrange(0, 1000000000)",
    "| makeresults | eval x=mvrange(0, 10, 1e-300)",
    "| makeresults count=1000000000",
    '| makeresults | eval x=printf("%999999999s", "a")',
    '| makeresults | eval x=printf("%*d", 999999999, 1)',
    "| makeresults | eval x=pow(10, 400), y=exp(1e6), z=pow(2, pow(2, 100))",
    '| makeresults | eval x=relative_time(now(), "+9999999y@mon")',
    "| makeresults | eval _time=1e300",
    "| makeresults | eval _time=-1e15",
    "| makeresults | eval x=round(1.5, 100000000)",
    '| makeresults | eval x=mvindex(split("a,b", ","), 1e300)',
    "| makeresults | streamstats window=99999999999999999999 count",
    "index=audit earliest=-99999999999999d | stats count",
    'index=audit | rex "(?<x>.)" max_match=99999999999 | stats count',
]
LIMITED = {0: None, 1: "takes more than", 7: "limit of", 9: "limit of", 10: "limit of",
           14: "years", 16: "limit of"}
"""What some of them are refused for, by place."""
TOKENS = ["|", "[", "]", "(", ")", '"', "'", ",", "=", "*", ".", "\\", "AND", "NOT", "by", "as",
          "eval", "stats count", "é", "\x00", "1e400", "-1", "9" * 30, "null()", "日本", "{}"]


def worker(path: str) -> None:
    """Runs the searches of a file and prints one line of JSON for each."""
    from lab.app import App
    from lab.engine.run import Context, search
    from lab.home import Home
    from lab.spl.errors import SPLError
    from tests.lab.conformance.conftest import HERE as CASES
    from tests.lab.conformance.conftest import NOW, store

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    home = Home(Path(path).parent / "home")
    store(home)
    context = Context(home, App(CASES / "app"), NOW)
    for spl in json.loads(Path(path).read_text()):
        # Of the processor, which a loaded machine does not change; and of the clock, if it waits.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(30 * SECONDS)
        try:
            search(spl, context)
            outcome = ["rows", ""]
        except SPLError as error:
            outcome = ["refused", error.message]
        except Exception as error:  # noqa: BLE001 what a search may not end in is what is looked for
            outcome = ["failed", repr(error)]
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        print(json.dumps(outcome), flush=True)


def run(searches: list[str], folder: Path) -> list[list[str]]:
    path = folder / "searches.json"
    path.write_text(json.dumps(searches))
    code = f"from tests.lab.spl.test_spl_execution_fuzz import worker; worker({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE.parents[2], text=True,
                          capture_output=True, check=False)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(searches), (
        f"died with {done.returncode} in {searches[len(outcomes)]!r}\n{done.stderr[-2000:]}")
    return outcomes


def mutated(number: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    seeds = [spl for case in load(HERE.parent / "conformance" / "cases") for spl in case.searches
             if "outputlookup" not in spl and "collect" not in spl]
    found = []
    for _ in range(number):
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 2)):
            start = chance.randint(text.find("|", 1) + 1, len(text))
            stop = min(len(text), start + chance.randint(0, 6))
            text = text[:start] + chance.choice([*TOKENS, ""]) + text[stop:]
        found.append(text)
    return found


def test_hostile_searches_end_within_bounds(tmp_path):
    outcomes = run(HOSTILE, tmp_path)
    failed = [(spl, said) for spl, (kind, said) in zip(HOSTILE, outcomes) if kind == "failed"]
    assert not failed
    for place, words in LIMITED.items():
        kind, said = outcomes[place]
        assert (kind, words) == ("rows", None) or words in said, (HOSTILE[place], kind, said)


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_searches_end_in_rows_or_a_refusal(seed, tmp_path):
    searches = mutated(MUTATED // 2, seed)
    outcomes = run(searches, tmp_path)
    failed = [(spl, said) for spl, (kind, said) in zip(searches, outcomes) if kind == "failed"]
    assert not failed, failed[:5]
    assert sum(kind == "rows" for kind, _ in outcomes) > len(searches) / 20
