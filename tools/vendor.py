"""Fill a directory with the libraries of requirements/package.txt, for Python 3.9 and 3.13 at once.

    python tools/vendor.py build/vendor

pip resolves nothing (--no-deps: the file names everything). The set is installed once per
interpreter and merged: a pure Python file must be the same for both; an extension module of one
interpreter (cp39, cp313) stands beside the other's; one for the stable ABI is taken from 3.9,
where it also serves later versions.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "package.txt"

# pip's markers compare full versions ("!=3.9.0"), so a patch level is named.
INTERPRETERS = ("3.9.18", "3.13.0")
# glibc 2.28 is RHEL 8's; a wheel for a newer one would not load there.
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")

# botocore's data: the services the inputs call; everything else is 25 MB nobody reads.
AWS_SERVICES = (
    "cloudtrail", "cloudwatch", "ec2", "iam", "organizations", "s3", "sns", "sqs", "sts",
)

# What Splunk never loads: tests, type stubs, installers' records, consoles, compiled files.
UNWANTED = re.compile(
    r"(^|/)(tests?|testing|examples|__pycache__|bin)/"
    r"|\.(pyc|pyi|pyx|pxd|c|h|typed)$|(^|/)py\.typed$"
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|WHEEL|direct_url\.json|entry_points\.txt|top_level\.txt)$"
    r"|\.dist-info/sboms/|(^|/)\.[^/]+"
)
# Differs from wheel to wheel without harm: the stable ABI (3.9's is taken), a wheel's description.
SAME_EITHER_WAY = (".abi3.so", ".dist-info/METADATA")

# Changes to library files: path, the text replaced, its replacement. Each says so in the file.
PATCHES = (
    (
        # Client-side monitoring would send UDP, which Splunk Cloud forbids. Nothing here uses it.
        "botocore/session.py",
        """            handler = monitoring.Monitor(
                adapter=monitoring.MonitorEventAdapter(),
                publisher=monitoring.SocketPublisher(
                    socket=socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
                    host=host,
                    port=port,
                    serializer=monitoring.CSMSerializer(
                        csm_client_id=client_id
                    ),
                ),
            )
            return handler
""",
        """            # Changed by Cloud Instance Watch: no UDP publisher, whatever the configuration says.
            logger.warning(
                'client-side monitoring is not available here: %s at %s:%s is ignored',
                client_id, host, port,
            )
""",
    ),
)


class VendorError(Exception):
    """The pinned set cannot serve both interpreters; the message names file or requirement."""


def requirements() -> dict[str, str]:
    """Name and version of each pinned library, in the file's order."""
    pins = {}
    for number, line in enumerate(REQUIREMENTS.read_text("utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        if line:
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)", line)
            if not match:
                raise VendorError(
                    f"{REQUIREMENTS.name}:{number}: write name==version, not {line!r}"
                )
            pins[match[1].lower()] = match[2]
    return pins


def fingerprint() -> str:
    """Changes whenever the result could: with the pins and with this program."""
    return hashlib.sha256(REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]


def _wheels(pins: dict[str, str], into: Path) -> None:
    """splunk-sdk comes as source only: made into a wheel here; the rest is downloaded as wheels."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq"]
    into.mkdir(parents=True, exist_ok=True)
    sdk = f"splunk-sdk=={pins['splunk-sdk']}"
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(into), sdk], check=True)
    others = [f"{name}=={pins[name]}" for name in pins if name != "splunk-sdk"]
    for version in INTERPRETERS:
        platforms = [argument for name in PLATFORMS for argument in ("--platform", name)]
        subprocess.run(
            [
                *pip,
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--python-version",
                version,
                "--implementation",
                "cp",
                *platforms,
                "-d",
                str(into),
                *others,
            ],
            check=True,
        )


def _install(pins: dict[str, str], wheels: Path, version: str, into: Path) -> None:
    platforms = [argument for name in PLATFORMS for argument in ("--platform", name)]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "-qq",
            "install",
            "--no-deps",
            "--no-index",
            "--find-links",
            str(wheels),
            "--only-binary=:all:",
            "--no-compile",
            "--python-version",
            version,
            "--implementation",
            "cp",
            *platforms,
            "--target",
            str(into),
            *(f"{name}=={pins[name]}" for name in pins),
        ],
        check=True,
    )


def _wanted(path: str) -> bool:
    if UNWANTED.search(path):
        return False
    parts = path.split("/")
    if parts[:2] == ["boto3", "data"] or parts[:2] == ["boto3", "examples"]:
        return False
    if parts[:2] == ["botocore", "data"] and len(parts) > 3:
        return parts[2] in AWS_SERVICES
    return True


def _merge(trees: dict[str, Path], into: Path) -> None:
    for version, tree in trees.items():
        for source in sorted(path for path in tree.rglob("*") if path.is_file()):
            path = source.relative_to(tree).as_posix()
            if not _wanted(path):
                continue
            target = into / path
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            elif not path.endswith(SAME_EITHER_WAY) and target.read_bytes() != source.read_bytes():
                raise VendorError(
                    f"{path} differs for Python {version}: pin a version of its "
                    "library that serves both interpreters"
                )


def _patch(into: Path) -> None:
    for path, old, new in PATCHES:
        source = (into / path).read_text("utf-8")
        if source.count(old) != 1:
            raise VendorError(
                f"{path}: the text that PATCHES replaces is not there once: read the "
                "library's new version and renew or drop the patch"
            )
        (into / path).write_text(source.replace(old, new), "utf-8")


def vendor(into: Path, work: Path) -> None:
    """Make `into` hold the libraries; nothing is done when it already does."""
    mark = into.parent / (into.name + ".fingerprint")
    if into.is_dir() and mark.is_file() and mark.read_text() == fingerprint():
        return
    pins = requirements()
    for directory in (into, work):
        shutil.rmtree(directory, ignore_errors=True)
    into.mkdir(parents=True)
    _wheels(pins, work / "wheels")
    trees = {version: work / version for version in INTERPRETERS}
    for version, tree in trees.items():
        _install(pins, work / "wheels", version, tree)
    _merge(trees, into)
    _patch(into)
    mark.write_text(fingerprint())


if __name__ == "__main__":
    destination = Path(sys.argv[1])
    vendor(destination, destination.parent / (destination.name + ".work"))
