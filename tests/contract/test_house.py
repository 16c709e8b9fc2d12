"""Rules of the repository: what imports what, what a file may name, what the README must say."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from tests.contract.repository import ROOT, report, tracked

TEXT = {
    ".cfg",
    ".conf",
    ".css",
    ".csv",
    ".html",
    ".js",
    ".json",
    ".jsx",
    ".md",
    ".meta",
    ".mjs",
    ".py",
    ".spec",
    ".toml",
    ".ts",
    ".tsx",
    ".txt",
    ".xml",
    ".yml",
    ".yaml",
    ".manifest",
    "",
}

# Directories of a developer's machine, and package registries: neither belongs in the repository.
MACHINE = re.compile(r"(?<![\w./$}>-])/(?:work|farm|root|home/\w+|tmp)/[\w.]")
REGISTRY = re.compile(r"(?:files\.pythonhosted|pypi|registry\.npmjs|registry\.yarnpkg)\.org")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def texts():
    """(name, lines) of every tracked text file but this one."""
    for name in tracked():
        path = ROOT / name
        if path.suffix in TEXT and path != Path(__file__).resolve():
            yield name, path.read_text("utf-8", "replace").splitlines()


def test_no_machine_paths_registries_or_loose_ends():
    problems = []
    for name, lines in texts():
        for number, line in enumerate(lines, 1):
            for what, pattern in (
                ("a path of somebody's machine", MACHINE),
                ("a package registry", REGISTRY),
                ("an unfinished thought", UNFINISHED),
            ):
                if match := pattern.search(line):
                    problems.append(f"{name}:{number}: {what}: {match[0]}")
    report(problems)


def imports(path: Path) -> list[tuple[str, int]]:
    """(top-level module, line) of every absolute import in a Python file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(alias.name.partition(".")[0], node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.append((node.module.partition(".")[0], node.lineno))
    return found


def test_bin_stands_alone():
    """bin/ imports itself, the standard library, what the package vendors and Splunk's own."""
    vendored = {
        "boto3",
        "botocore",
        "splunklib",
        "urllib3",
        "requests",
        "azure",
        "google",
        "cryptography",
        "dateutil",
        "jmespath",
        "certifi",
        "msal",
        "typing_extensions",
    }
    own = {path.stem for path in (ROOT / "bin").iterdir()}
    allowed = own | vendored | {"splunk"} | set(sys.stdlib_module_names)
    report(
        [
            f"{path.relative_to(ROOT)}:{line}: bin/ cannot import {module}"
            for path in sorted((ROOT / "bin").rglob("*.py"))
            for module, line in imports(path)
            if module not in allowed
        ]
    )


def test_the_lab_holds_no_detection_logic():
    """Signal and question names belong to default/ and lookups/, which the lab only reads."""
    report(
        [
            f"{name}:{number}: names a shipped search: {match[0]}"
            for name, lines in texts()
            if name.startswith("lab/")
            and name.endswith(".py")
            and not name.startswith("lab/scenarios/")
            for number, line in enumerate(lines, 1)
            if (match := re.search(r"\bciw_(?:signal|question)_\w+", line))
        ]
    )


def test_modules_stay_small():
    """450 lines are the aim; a third more is a module with two reasons to change."""
    report(
        [
            f"{name}: {len(lines)} lines, 600 at most: would two names say it better?"
            for name, lines in texts()
            if name.endswith((".py", ".ts", ".tsx", ".js", ".mjs")) and len(lines) > 600
        ]
    )


def test_readme_names_every_make_target():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE)
    assert "test" in targets and "demo" in targets
    report(
        [
            f"README.md: does not name `make {target}`"
            for target in targets
            if f"make {target}" not in readme
        ]
    )


def test_documents_link_to_files_that_exist():
    """Relative links of every tracked Markdown file; and the index names every page of docs/."""
    problems = []
    for name, lines in texts():
        if not name.endswith(".md"):
            continue
        for number, line in enumerate(lines, 1):
            for target in re.findall(r"\]\(([^)#\s]+)", line):
                if "://" in target or target.startswith("mailto:"):
                    continue
                if not (ROOT / name).parent.joinpath(target).exists():
                    problems.append(f"{name}:{number}: {target} is not there")
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    problems += [
        f"docs/README.md: does not name {page.name}"
        for page in sorted((ROOT / "docs").glob("*.md"))
        if page.name != "README.md" and f"({page.name})" not in index
    ]
    report(problems)


def test_no_claim_that_splunk_was_there():
    """Nothing here has run on a real Splunk; no text may say that it has."""
    claim = re.compile(
        r"\b(?:verified|tested|confirmed|validated)\s+(?:on|with|against)\s+(?:a\s+"
        r"(?:real\s+)?)?Splunk\s+(?:Enterprise|Cloud|\d|instance)",
        re.IGNORECASE,
    )
    report(
        [
            f"{name}:{number}: {match[0]}"
            for name, lines in texts()
            if name.endswith(".md")
            for number, line in enumerate(lines, 1)
            if (match := claim.search(line))
        ]
    )
