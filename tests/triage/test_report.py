"""The report: everything on record, and nothing in it but text."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from tests.triage.splunkd import APP, case

ID = f"{1:016x}"
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "![x](http://example.com/pixel.png)", "http://example.com/a", "www.example.com", "@all",
    "a@example.com", "`` `code` ``", "`", "**bold** _it_ ~~gone~~", "a\n# heading\n- item",
    "| a | b |\n|---|---|", "</code></pre><b>", "&lt;b&gt; &#60;", "<!-- x -->", "[^1]: note",
    "[x]: http://example.com", "\u202egnp.exe", "=cmd|'/C calc'!A0", "~~~\ncode", "\\`x\\`",
    "x" * 10000, "1. one", "+ two", "===", "    indented", "https://example.com/`x`<b>",
]  # fmt: skip
RENDER = """
const micromark = require('micromark');
const syntax = require('micromark-extension-gfm');
const html = require('micromark-extension-gfm/html');
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const options = { allowDangerousHtml: true, allowDangerousProtocol: true,
    extensions: [syntax()], htmlExtensions: [html] };
process.stdout.write(JSON.stringify(texts.map((text) => micromark(text, options))));
"""


def read(splunkd, form="markdown"):
    status, reply = splunkd.ask("vera", "GET", "report", [("case_id", ID), ("form", form)])
    assert status == 200
    return reply


def worked(splunkd, text="planned"):
    """A case on which everything was done, with the same text in every field of it."""
    names = {"user": text, "src": [text, text], "object_id": ["i-1", text], "reason": text,
             "vendor_account": text, "signal_ids": ["s"], "verdict": text, "owner": text}  # fmt: skip
    splunkd.add("ciw_cases", case(1, **names))
    splunkd.add("ciw_signals", {"_key": "s", "signal": text, "reason": text, "weight": 70})
    splunkd.add("ciw_instances", {"_key": "1", "object_id": "i-1", "user": text, "groups": [text]})
    words = re.sub(r"[\x00-\x08]", "", text)[:3000]
    splunkd.change("lena", ID, 0, "answer", question="known_user", answer="no", note=words)
    splunkd.change("lena", ID, 1, "escalate", reason=words)
    splunkd.change("tina", ID, 2, "step", step="stop_instance", done="yes", note=words)
    splunkd.change("tina", ID, 3, "watch", watch_kind="account", watch_value="a", days="7",
                   reason=words)
    splunkd.change("tina", ID, 4, "close", disposition="true_positive", reason=words)


def test_the_markdown_tells_all_that_is_on_record(splunkd):
    worked(splunkd)
    reply = read(splunkd)
    assert (reply["name"], reply["form"]) == (f"case-{ID}.md", "markdown")
    assert (reply["version"], reply["written"]) == (5, splunkd.now)
    for told in (f"# Case `{ID}`", "As of version 5 of the case, written 2023-11-14 22:13 by",
                 "- Severity: `high`", "- Disposition: `true_positive`",
                 "- [x] Stop the instance (`tina`, 2023-11-14 22:13): planned",
                 "account `a` until `2023-11-21`: planned",
                 "`known_user`: `no` (`lena`, 2023-11-14 22:13): planned",
                 "`lena` `escalate` (`in_triage` to `escalated`): planned"):  # fmt: skip
        assert told in reply["text"], told


def test_the_json_holds_the_same(splunkd):
    worked(splunkd)
    reply = read(splunkd, "json")
    found = json.loads(reply["text"])
    assert reply["name"] == f"case-{ID}.json"
    assert found["steps"][0]["title"] == "Stop the instance"
    assert [entry["verb"] for entry in found["history"]] == [
        "answer", "escalate", "step", "watch", "close",
    ]  # fmt: skip
    assert found["watches"][0]["expires"] == "2023-11-21"
    assert reply["text"].startswith("{\n") and reply["text"].isascii()


@pytest.mark.parametrize(
    ("cloud", "title"),
    [("aws", "Cut the instance off by a security group without rules"),
     ("azure", "Cut the machine off by a network security group that denies all"),
     ("gcp", "Cut the instance off by firewall rules on a tag of its own")],
)  # fmt: skip
def test_a_step_has_the_title_that_it_has_in_the_cases_cloud(splunkd, cloud, title):
    splunkd.add("ciw_cases", case(1, cloud=cloud))
    splunkd.change("lena", ID, 0, "acknowledge")
    splunkd.change("tina", ID, 1, "step", step="isolate_instance", done="yes")
    assert f"- [x] {title} (" in read(splunkd)["text"]


def test_a_form_that_there_is_not_is_refused(splunkd):
    status, reply = splunkd.ask("vera", "GET", "report", [("case_id", ID), ("form", "html")])
    assert (status, reply["field"]) == (400, "form")


def test_a_case_that_nobody_touched_says_so(splunkd):
    text = read(splunkd)["text"]
    assert "Nobody has touched this case yet." in text
    assert "No step was ticked." in text


def test_hostile_text_stays_text(splunkd):
    """Rendered as a ticket system does: the tags are those of a report with tame text."""
    if not (APP / "node_modules" / "micromark-extension-gfm").is_dir():
        pytest.skip("node_modules is missing; run npm ci")
    worked(splunkd)
    reports = [read(splunkd)["text"]]
    for text in HOSTILE:
        for name in list(splunkd.collections):
            splunkd.documents(name).clear()
        worked(splunkd, text)
        reports.append(read(splunkd)["text"])
    done = subprocess.run(
        ["node", "-e", RENDER], input=json.dumps(reports),
        cwd=APP, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    tame, *hostile = json.loads(done.stdout)
    allowed = {"<h1>", "<h2>", "<ul>", "<li>", "<p>", "<code>"}
    box = re.compile(r'<input checked="" disabled="" type="checkbox">')
    plain = [tag for tag in re.findall(r"<[a-z][^>]*>", tame) if tag != "<code>"]
    for text, html in zip(HOSTILE, hostile, strict=True):
        tags = re.findall(r"<[a-z!][^>]*>", html)
        strange = {tag for tag in tags if not box.fullmatch(tag)} - allowed
        assert not strange, (text, strange)
        assert [tag for tag in tags if tag != "<code>"] == plain, text
