"""What an administrator installs: its content, its inputs on both of Splunk's Pythons, slim."""

from __future__ import annotations

import ast
import re
import tarfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.contract.repository import ROOT, read

SCHEMES = sorted(name for name in read("inputs") if "://" not in name)
AWS_CLIENTS = re.compile(r"""client\(\s*["'](\w+)["']""")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_input_answers_with_its_scheme(package: Path, run_in_package, scheme: str):
    """splunkd asks every input for its scheme at start; one that fails is never offered."""
    done = run_in_package(str(package / "bin" / f"{scheme}.py"), "--scheme")
    assert done.returncode == 0, done.stderr
    root = ElementTree.fromstring(done.stdout)
    assert root.tag == "scheme"
    assert root.findtext("title")
    assert root.findtext("streaming_mode") == "xml"
    names = [argument.get("name") for argument in root.iter("arg")]
    assert len(set(names)) == len(names) > 0
    for argument in root.iter("arg"):
        assert argument.findtext("title") or argument.findtext("description"), argument.get("name")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_input_refuses_a_wrong_configuration_by_name(package: Path, run_in_package, scheme: str):
    """--validate-arguments: exit code other than 0 and one <error><message> on stdout.

    What is wrong is what is required and missing, or the checkpoint where nothing is required.
    """
    items = (
        "<items><server_host>h</server_host><server_uri>https://127.0.0.1:8089</server_uri>"
        "<session_key>k</session_key><checkpoint_dir>c</checkpoint_dir>"
        '<item name="wrong"><param name="checkpoint">nowhere</param></item></items>'
    )
    done = run_in_package(
        str(package / "bin" / f"{scheme}.py"), "--validate-arguments", stdin=items
    )
    assert done.returncode != 0
    root = ElementTree.fromstring(done.stdout)
    assert root.tag == "error" and root.findtext("message"), done.stdout


def test_there_are_inputs():
    assert SCHEMES, "default/inputs.conf declares no modular input"


def test_every_module_of_bin_compiles(package: Path, run_in_package):
    """Syntax of the older interpreter, over every file and not only those that a scheme imports."""
    program = (
        "import ast, pathlib, sys\n"
        "for path in pathlib.Path(sys.argv[1]).rglob('*.py'):\n"
        "    ast.parse(path.read_bytes(), str(path))\n"
    )
    done = run_in_package("-c", program, str(package / "bin"))
    assert done.returncode == 0, done.stderr


LIBRARIES = """
import sys
sys.path.insert(0, sys.argv[1])
import azure.identity, boto3, google.auth.transport.requests, splunklib.binding
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
for module in (azure.identity, boto3, google.auth, splunklib.binding, hashes):
    assert module.__file__.startswith(sys.argv[1]), module.__file__
for service in sys.argv[2:]:
    boto3.client(service, region_name="eu-west-1")
key = rsa.generate_private_key(65537, 2048)
signed = key.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
key.public_key().verify(signed, b"x", padding.PKCS1v15(), hashes.SHA256())
"""


def test_libraries_load_and_sign(package: Path, run_in_package, tools):
    done = run_in_package("-c", LIBRARIES, str(package / "lib"), *tools.AWS_SERVICES)
    assert done.returncode == 0, done.stderr


def test_vendored_service_data_covers_the_clients_that_bin_makes(tools):
    made = {
        name
        for path in (ROOT / "bin").rglob("*.py")
        for name in AWS_CLIENTS.findall(path.read_text("utf-8"))
    }
    assert made <= set(tools.AWS_SERVICES)


def test_client_side_monitoring_cannot_send(package: Path):
    """Splunk Cloud forbids UDP; botocore would send it where its configuration asks for that."""
    text = (package / "lib" / "botocore" / "session.py").read_text("utf-8")
    assert "SOCK_DGRAM" not in text and "Changed by Cloud Instance Watch" in text


def test_content(package: Path):
    there = {path.name for path in package.iterdir()}
    assert {
        "README",
        "app.manifest",
        "appserver",
        "bin",
        "default",
        "lib",
        "lookups",
        "metadata",
        "static",
        "LICENSE",
        "THIRD_PARTY_NOTICES.txt",
    } <= there
    assert not {"lab", "tests", "web", "docs", "tools", "local", "node_modules"} & there
    assert {path.suffix for path in (package / "lookups").iterdir()} == {".csv"}
    assert (package / "README" / "lookups.md").is_file()
    for path in package.rglob("*"):
        assert not path.name.startswith("."), path
        assert path.suffix not in (".pyc", ".pyo") and path.name != "__pycache__", path
        assert not path.is_symlink(), path
        if path.is_file():
            assert not path.stat().st_mode & 0o111, f"{path} is executable"


def test_notices_name_every_library(package: Path):
    text = (package / "THIRD_PARTY_NOTICES.txt").read_text("utf-8")
    for info in (package / "lib").glob("*.dist-info"):
        name, _, version = info.name[: -len(".dist-info")].partition("-")
        pattern = rf"^{name.replace('_', '[-_.]')} {re.escape(version)}: (?!see the text)"
        assert re.search(pattern, text, re.MULTILINE | re.IGNORECASE), info.name
    assert "Mozilla Public License" in text, "certifi's licence asks for its notice"


def test_archive_depends_on_content_only(package: Path, tools, tmp_path: Path):
    first, second = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"
    tools.archive(package, first)
    for path in package.rglob("*.conf"):
        path.touch()
    tools.archive(package, second)
    assert first.read_bytes() == second.read_bytes()


def test_slim_validates_and_partitions(package_file: Path, tools, tmp_path: Path):
    """One deployment package for each of search heads, indexers and forwarders."""
    tools.run_slim("validate", str(package_file))
    tools.run_slim("partition", "-o", str(tmp_path), str(package_file))
    made = {path.name: names(path) for path in tmp_path.glob("*.tar.gz")}
    parts = {
        role: content
        for name, content in made.items()
        for role in ("_search_heads", "_indexers", "_forwarders")
        if role in name
    }
    assert set(parts) == {"_search_heads", "_indexers", "_forwarders"}, sorted(made)
    assert "default/savedsearches.conf" in parts["_search_heads"]
    assert "default/savedsearches.conf" not in parts["_forwarders"]
    assert "default/indexes.conf" in parts["_indexers"]
    assert "default/inputs.conf" in parts["_forwarders"]


def names(path: Path) -> set[str]:
    """Names in a deployment package; slim wraps the app's own archive in another."""
    with tarfile.open(path) as outer:
        inner = next(m for m in outer.getmembers() if m.name.endswith(".tar.gz"))
        with tarfile.open(fileobj=outer.extractfile(inner)) as archive:
            return {name.partition("/")[2] for name in archive.getnames()}


def test_python_of_the_package_names_no_lab(package: Path):
    for path in (package / "bin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                modules = [alias.name for alias in node.names]
                modules.append(getattr(node, "module", None) or "")
                assert not any(m.split(".")[0] in ("lab", "tests") for m in modules), path
