"""The command line: exit codes, and what goes to which stream."""

import json

import pytest

from lab import cli
from tests.lab.platform.conftest import make_app


@pytest.fixture
def lab(tmp_path, capsys):
    app = make_app(
        tmp_path / "app",
        savedsearches=(
            "[by_user]\nsearch = index=audit user=$user$\n[off]\nsearch = index=audit\ndisabled = 1\n"
        ),
    )

    def run(*words):
        code = cli.main(["--home", str(tmp_path / "home"), "--app", str(app), *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"when": 1700000000, "n": 1}\nbroken\n{"when": 1700000001, "n": 2}\n')
    return str(path)


def test_ingest_prints_only_the_count(lab, lines):
    code, out, err = lab(
        "ingest", "--index", "audit", "--sourcetype", "app:json", "--time-field", "when", lines
    )
    assert (code, out) == (0, "2\n")
    assert "offset 29" in err and "1 pieces quarantined" in err


@pytest.mark.parametrize(
    "words, code, says",
    [
        (("ingest", "--index", "nope", "--sourcetype", "app:json", "FILE"), 1, "indexes.conf"),
        (("ingest", "--index", "audit", "--sourcetype", "nope", "FILE"), 1, "app:json"),
        (("ingest", "--index", "audit", "--sourcetype", "app:json", "gone.json"), 1, "gone.json"),
        (
            (
                "ingest",
                "--index",
                "audit",
                "--sourcetype",
                "app:json",
                "--index-time",
                "soon",
                "FILE",
            ),
            2,
            "--index-time 'soon'",
        ),
        (("savedsearch", "nope"), 1, "by_user"),
        (("savedsearch", "off"), 1, "disabled"),
        (("savedsearch", "by_user"), 1, "takes the arguments: user"),
        (("savedsearch", "by_user", "--arg", "user"), 2, "not name=value"),
        (("schedule", "--from", "2024-01-02", "--to", "2024-01-01"), 2, "not later"),
        (("scenario", "write", "nope", "--out", "OUT"), 1, "aws_benign_day"),
        (("scenario", "write"), 2, "NAME"),
        (("input", "gone.conf"), 1, "gone.conf"),
    ],
)
def test_errors_name_what_to_do(lab, lines, words, code, says):
    words = [lines if word == "FILE" else word for word in words]
    got, out, err = lab(*words)
    assert (got, out) == (code, "")
    assert says in err and err.startswith("lab ")


def test_wrong_options_are_argparses(lab):
    with pytest.raises(SystemExit) as caught:
        lab("search")
    assert caught.value.code == 2


def test_a_malformed_conf_is_named(lab, tmp_path):
    (tmp_path / "app" / "default" / "collections.conf").write_text("[a]\nx = 1\nx = 2\n")
    code, _, err = lab("search", "index=audit")
    assert code == 1 and "collections.conf:3" in err


def test_scenarios_are_listed_and_written(lab, tmp_path):
    code, out, _ = lab("scenario", "list")
    assert code == 0 and "aws_leaked_key_launch" in out
    code, out, _ = lab(
        "scenario",
        "write",
        "aws_logging_impaired",
        "--out",
        str(tmp_path / "o"),
        "--start",
        "2024-01-01",
        "--seed",
        "3",
    )
    assert code == 0
    truth = json.loads((tmp_path / "o" / "labels.json").read_text())
    assert truth["first"].startswith("2024-01-01T00:")
