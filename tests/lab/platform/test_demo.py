"""The demo, small: a day of past, an hour through the real inputs, the schedule, the pages."""

import os
import re
import subprocess
import sys

from lab.demo import fresh_home, main, recent


def test_the_demo_works_from_end_to_end(tmp_path, app_root):
    done = subprocess.run(
        [sys.executable, "-m", "lab.demo", "--home", str(tmp_path / "demo"), "--check",
         "--past-days", "1", "--hours", "1", "--minutes", "10"],
        capture_output=True, text=True, timeout=570, cwd=app_root, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")})
    assert done.returncode == 0, done.stdout + done.stderr
    shipped = {path.stem for path in (app_root / "bin").glob("*.py") if "_" in path.stem
               and path.stem.partition("_")[0] in ("aws", "azure", "gcp")}
    ran = set(re.findall(r"(\w+)://demo: [1-9]\d* events indexed", done.stdout))
    assert ran == shipped and len(ran) == 13
    assert "view overview answers" in done.stdout and "view desk answers" in done.stdout
    assert "the demo works" in done.stdout


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
