"""The demo, small: a day of past, an hour through the real inputs, the schedule, the pages."""

import re

from lab.demo import fresh_home, main, recent


def test_the_demo_works_from_end_to_end(demo, app_root):
    shipped = {path.stem for path in (app_root / "bin").glob("*.py") if "_" in path.stem
               and path.stem.partition("_")[0] in ("aws", "azure", "gcp")}
    ran = set(re.findall(r"(\w+)://demo: [1-9]\d* events indexed", demo.output))
    assert ran == shipped and len(ran) == 13
    assert "view overview answers" in demo.output and "view desk answers" in demo.output
    assert "the demo works" in demo.output


def test_only_an_earlier_demos_folder_is_cleared(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("keep")
    assert main(["--home", str(tmp_path), "--check"]) == 1
    assert "holds something that is not a demo" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "keep"
    home = fresh_home(tmp_path / "demo")
    (home.path / "old").touch()
    assert not (fresh_home(tmp_path / "demo").path / "old").exists()


def test_every_attack_lies_within_the_recent_hours():
    start = 1_700_000_100 // 300 * 300
    steps = {record.step for record in recent(start, start + 2 * 3600)}
    assert {"launch", "denied launch", "attach", "shared outside", "logging off"} <= steps
