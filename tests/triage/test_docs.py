"""docs/triage.md tells the state machine and the card as the code has them."""

from __future__ import annotations

import re

from ciw_triage import machine

from tests.triage.splunkd import APP, capabilities_of

TEXT = (APP / "docs" / "triage.md").read_text("utf-8")
ROLES = ("ciw_viewer", "ciw_l1", "ciw_l2", "ciw_admin")


def test_the_table_of_verbs_is_the_state_machine():
    rows = []
    for step in machine.TRANSITIONS:
        role = next(role for role in ROLES if step.capability in capabilities_of(role))
        cells = (
            step.verb, ", ".join(step.from_states), step.to_state or "unchanged",
            ", ".join(step.requires), step.capability, role,
        )  # fmt: skip
        rows.append("| " + " | ".join(cells).replace("|  |", "| |") + " |")
    table = TEXT.split("## States, verbs and who may")[1].split("##")[0]
    written = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert written == rows


def test_every_question_of_the_card_has_a_place():
    table = TEXT.split("## Where each line")[1].split("##")[0]
    assert set(re.findall(r"`(\w+)`", table.split("Each question")[0])) == set(machine.QUESTIONS)


def test_the_desk_asks_the_questions_of_the_machine():
    source = (APP / "web" / "desk" / "model.ts").read_text("utf-8")
    assert tuple(re.findall(r"name: '(\w+)'", source)) == machine.QUESTIONS


def test_the_desk_asks_as_the_searches_do_and_knows_which_answer_is_a_concern():
    """Where the search gives both answers, the desk's reading of an analyst's answer must agree."""
    conf = (APP / "default" / "savedsearches.conf").read_text("utf-8").replace("\\\n", " ")
    source = (APP / "web" / "desk" / "model.ts").read_text("utf-8")
    card = re.findall(r"name: '(\w+)',\s+asks: '([^']+)',\s+concernWhen: '(\w+)'", source)
    for name, asks, concern in card:
        stanza = conf.split(f"[ciw_question_{name}]")[1].split("\n[")[0]
        assert f"description = {asks}\n" in stanza, name
        assert f'| eval question="{asks}"' in stanza, name
        told = re.search(r'concern=case\(.*?answer="(\w+)"[^,]*, "true"', stanza)
        assert told is None or told.group(1) == concern, name
