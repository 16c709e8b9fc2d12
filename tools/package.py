"""Build the installable package: dist/cloud_instance_watch-<version>.tar.gz.

    python tools/package.py

The app's rooms are copied to build/package/<app id>, the libraries of requirements/package.txt go
into its lib/, third-party notices are written, the packaging toolkit validates the directory, and
a tar archive is made that is the same, byte for byte, for the same content.
"""

from __future__ import annotations

import configparser
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from vendor import AWS_SERVICES, PATCHES, vendor

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
DIST = ROOT / "dist"

# What Splunk needs. Everything else (lab, tests, web, docs, tools) stays in the repository.
ROOMS = ("README", "appserver", "bin", "default", "lookups", "metadata", "static")
FILES = ("CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "app.manifest")
# The tests of the package ask this module what was vendored.
__all__ = ["AWS_SERVICES", "PackageError", "archive", "build", "run_slim"]

NEEDED = ("appserver/static/desk.js", "bin/triage_rest.py", "default/app.conf")

# 1980-01-01, the earliest time every archive format can hold: the content decides the bytes.
ARCHIVE_TIME = 315532800


class PackageError(Exception):
    """Something the package needs is missing or wrong; the message says what to do."""


def identity() -> tuple[str, str]:
    """App id and version, which app.conf and app.manifest must agree on."""
    conf = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    conf.read(ROOT / "default" / "app.conf", encoding="utf-8")
    stated = {
        (conf["id"]["name"], conf["id"]["version"]),
        (conf["package"]["id"], conf["launcher"]["version"]),
    }
    manifest = json.loads((ROOT / "app.manifest").read_text("utf-8"))["info"]["id"]
    stated.add((manifest["name"], manifest["version"]))
    if len(stated) != 1:
        raise PackageError(
            "default/app.conf ([id], [package], [launcher]) and app.manifest name "
            f"different ids or versions: {sorted(stated)}"
        )
    return stated.pop()


def _unwanted(_directory: str, names: list[str]) -> set[str]:
    return {n for n in names if n.startswith(".") or n == "__pycache__" or n.endswith(".pyc")}


def stage(into: Path) -> None:
    """Copy the app's rooms into the empty directory `into` and add lib/ and the notices."""
    for needed in NEEDED:
        if not (ROOT / needed).is_file():
            raise PackageError(f"{needed} is missing: run `make web`, then build again")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for room in ROOMS:
        shutil.copytree(ROOT / room, into / room, ignore=_unwanted)
    for name in FILES:
        shutil.copyfile(ROOT / name, into / name)
    # AppInspect takes only CSV files in lookups/; what explains them goes with the specs.
    (into / "lookups" / "README.md").rename(into / "README" / "lookups.md")
    libraries = BUILD / "vendor"
    vendor(libraries, BUILD / "vendor.work")
    shutil.copytree(libraries, into / "lib")
    (into / "THIRD_PARTY_NOTICES.txt").write_text(notices(into / "lib"), "utf-8")
    for path in into.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def notices(libraries: Path) -> str:
    """Name, version, licence and licence texts of every library in `libraries`."""
    changed = ", ".join(path for path, _old, _new in PATCHES)
    parts = [
        "Cloud Instance Watch carries these libraries in lib/. Tests, type stubs and the data of",
        "cloud services it does not call were left out. Changed, as the file itself says:",
        f"{changed}.",
        "",
    ]
    for info in sorted(libraries.glob("*.dist-info"), key=lambda path: path.name.lower()):
        fields: dict[str, str] = {}
        for line in (info / "METADATA").read_text("utf-8").split("\n\n")[0].splitlines():
            name, separator, value = line.partition(": ")
            if separator and name not in fields:
                fields[name] = value
        licence = fields.get("License-Expression") or fields.get("License") or "see the text below"
        parts += ["=" * 100, f"{fields['Name']} {fields['Version']}: {licence}", "=" * 100, ""]
        texts = sorted(
            path
            for path in info.rglob("*")
            if path.is_file() and path.name.upper().startswith(("LICEN", "NOTICE", "COPYING"))
        )
        for path in texts:
            parts += [path.read_text("utf-8", "replace").strip(), ""]
    return "\n".join(parts)


def slim() -> str:
    """Path of the packaging toolkit's command, in its own virtual environment."""
    command = ROOT / ".venv-tools" / "bin" / "slim"
    if not command.is_file():
        raise PackageError("the packaging toolkit is not installed: run `make package`")
    return str(command)


def run_slim(*arguments: str) -> str:
    """Run slim with a home of its own; returns its messages, raises PackageError when it fails."""
    home = BUILD / "slim-home"
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [slim(), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(home)},
    )
    messages = done.stdout + done.stderr
    if done.returncode != 0 or "[ERROR]" in messages:
        raise PackageError(f"slim {arguments[0]} failed:\n{messages}")
    return messages


def archive(directory: Path, target: Path) -> None:
    """Write a tar.gz whose bytes depend on names and contents only."""

    def normal(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = ARCHIVE_TIME
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in [directory, *sorted(directory.rglob("*"))]:
            name = path.relative_to(directory.parent).as_posix()
            tar.add(path, arcname=name, recursive=False, filter=normal)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out, gzip.GzipFile("", "wb", 9, out, mtime=ARCHIVE_TIME) as packed:
        packed.write(buffer.getvalue())


def build() -> Path:
    app, version = identity()
    directory = BUILD / "package" / app
    stage(directory)
    run_slim("validate", str(directory))
    target = DIST / f"{app}-{version}.tar.gz"
    for old in DIST.glob("*.tar.gz"):
        old.unlink()
    archive(directory, target)
    return target


if __name__ == "__main__":
    try:
        package = build()
    except PackageError as error:
        sys.exit(f"make package: {error}")
    print(f"{package.relative_to(ROOT)} ({package.stat().st_size / 1e6:.1f} MB)")
