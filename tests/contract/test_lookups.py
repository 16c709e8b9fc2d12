"""One set of columns in each lookup file, its documentation and its definition."""

from __future__ import annotations

import csv
import re

from tests.contract.repository import ROOT, place, read, relative, report

LOOKUPS = ROOT / "lookups"


def documented() -> dict[str, list[tuple[str, int]]]:
    """File or collection name -> (column, line), from the tables under lookups/README.md's headings.

    A heading names what it describes in backticks, one or several; under it a table whose first
    column holds column names in backticks.
    """
    path = LOOKUPS / "README.md"
    found: dict[str, list[tuple[str, int]]] = {}
    current: list[str] = []
    if not path.is_file():
        return found
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            current = re.findall(r"`([\w.]+)`", line)
            for name in current:
                found.setdefault(name, [])
        elif match := re.match(r"\|\s*`(\w+)`((?:\s*,\s*`\w+`)*)\s*\|", line):
            columns = [match[1], *re.findall(r"`(\w+)`", match[2])]
            for name in current:
                found[name] += [(column, number) for column in columns]
    return found


def header(path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def test_every_file_is_documented_column_by_column():
    papers = documented()
    problems = []
    for path in sorted(LOOKUPS.glob("*.csv")):
        name = path.name
        subject = name if name in papers else name.replace("_effective.csv", ".csv")
        if subject not in papers:
            problems.append(f"lookups/README.md: no heading names `{name}`")
            continue
        columns, written = header(path), papers[subject]
        problems += [
            f"lookups/README.md: `{subject}` does not explain the column {column}"
            for column in columns
            if column not in {c for c, _line in written}
        ]
        problems += [
            f"lookups/README.md:{line}: `{name}` has no column {column}"
            for column, line in written
            if column not in columns
        ]
    report(problems)


def test_files_are_rectangular_and_defined():
    """Rows as long as the header, no column twice, and a lookup that reads the file."""
    defined = {s.get("filename") for s in read("transforms").values()}
    problems = []
    for path in sorted(LOOKUPS.glob("*.csv")):
        where = relative(path)
        columns = header(path)
        if len(set(columns)) != len(columns):
            problems.append(f"{where}:1: a column stands twice")
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            problems += [
                f"{where}:{rows.line_num}: {len(row)} values for {len(columns)} columns"
                for row in rows
                if len(row) != len(columns)
            ]
        if path.name not in defined:
            problems.append(f"{where}: no stanza of default/transforms.conf has it as filename")
    report(problems)


def test_definitions_point_to_files_and_collections():
    problems = []
    transforms, collections = read("transforms"), read("collections")
    for stanza in transforms.values():
        filename, collection = stanza.get("filename"), stanza.get("collection")
        if filename and not (LOOKUPS / filename).is_file():
            problems.append(f"{place(stanza, 'filename')}: lookups/{filename} is not there")
        if collection and collection not in collections:
            problems.append(
                f"{place(stanza, 'collection')}: default/collections.conf has no [{collection}]"
            )
        columns = fields(stanza)
        if filename and (LOOKUPS / filename).is_file():
            columns = header(LOOKUPS / filename)
        for kind, field in re.findall(r"(WILDCARD|CIDR|EXACT)\((\w+)\)", stanza.get("match_type")):
            if field not in columns:
                problems.append(
                    f"{place(stanza, 'match_type')}: [{stanza.name}] {kind}({field}): "
                    "no such column"
                )
    report(problems)


def fields(stanza) -> list[str]:
    return [name for name in re.split(r"[,\s]+", stanza.get("fields_list")) if name]


def test_lists_have_the_same_columns_as_file_and_as_collection():
    """<name>.csv, the collection <name> and <name>_effective.csv; the latter may add to them."""
    transforms = read("transforms")
    problems = []
    for name, stanza in transforms.items():
        if not name.endswith("_file"):
            continue
        listed = name[: -len("_file")]
        columns = set(header(LOOKUPS / stanza.get("filename")))
        if listed not in transforms:
            problems.append(f"{place(stanza)}: the collection lookup [{listed}] is missing")
            continue
        other = {f for f in fields(transforms[listed]) if not f.startswith("_")}
        if columns != other:
            problems.append(
                f"{place(transforms[listed], 'fields_list')}: [{listed}] and "
                f"{stanza.get('filename')} differ in {sorted(columns ^ other)}"
            )
        effective = transforms.get(f"{listed}_effective")
        if effective is None:
            problems.append(f"{place(stanza)}: the lookup [{listed}_effective] is missing")
        elif missing := columns - set(header(LOOKUPS / effective.get("filename"))):
            problems.append(f"lookups/{effective.get('filename')}:1: lacks {sorted(missing)}")
    report(problems)


def test_collections_are_documented_field_by_field():
    """Fields of a collection: those typed in collections.conf and those its lookup lists."""
    papers = documented()
    lookups = {s.get("collection"): s for s in read("transforms").values() if s.get("collection")}
    problems = []
    for stanza in read("collections").values():
        typed = {key.partition(".")[2] for key in stanza.settings if key.startswith("field.")}
        if stanza.name not in lookups:
            problems.append(
                f"{place(stanza)}: no lookup of default/transforms.conf reads [{stanza.name}]"
            )
            continue
        listed = {f for f in fields(lookups[stanza.name]) if f != "_key"}
        problems += [
            f"{place(stanza, f'field.{field}')}: the lookup [{lookups[stanza.name].name}] "
            f"does not list {field}"
            for field in sorted(typed - listed)
        ]
        subject = stanza.name if stanza.name in papers else f"{stanza.name}.csv"
        if subject not in papers:
            problems.append(f"lookups/README.md: no heading names `{stanza.name}`")
            continue
        written = {column for column, _line in papers[subject]}
        problems += [
            f"lookups/README.md: `{stanza.name}` does not explain the field {field}"
            for field in sorted(listed - written)
        ]
    report(problems)


POOL_SHAPES = {
    "domain": re.compile(r"(?!-)([a-z0-9-]{1,63}\.)+[a-z]{2,}"),
    "ip": re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]+:[0-9a-f:]+"),
    "port": re.compile(r"[1-9]\d{1,4}"),
}


def test_each_mining_pool_is_one_indicator_of_its_type():
    """A list whose entries were fused into one matches nothing and says so nowhere."""
    problems, seen = [], set()
    with (LOOKUPS / "ciw_mining_pools.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            where = f"lookups/ciw_mining_pools.csv:{number}"
            shape = POOL_SHAPES.get(row["type"])
            if shape is None or not shape.fullmatch(row["indicator"]):
                problems.append(f"{where}: {row['indicator']!r} is no {row['type']}")
            if row["indicator"] in seen:
                problems.append(f"{where}: {row['indicator']} is there twice")
            if row["tier"] not in ("strong", "medium", "weak"):
                problems.append(f"{where}: tier {row['tier']!r} is none of strong, medium, weak")
            if not row["source"] or not re.fullmatch(r"\d{4}-\d\d-\d\d", row["checked"]):
                problems.append(f"{where}: source and the date of the check are needed")
            seen.add(row["indicator"])
    report(problems)
