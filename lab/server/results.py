"""A search's result in splunkd's output formats: json, json_rows, json_cols, csv, xml, raw.

`_time` goes out as ISO 8601 with milliseconds in UTC, as splunkd's default output_time_format.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from lab.server.atom import iso, text, xml_reply
from lab.server.call import Call, Reply, json_reply
from lab.server.errors import RestError

_EPOCH = re.compile(r"-?\d+(\.\d+)?")
MODES = ("json", "json_rows", "json_cols", "csv", "xml", "raw")


def _shown(name: str, value: Any) -> Any:
    if name == "_time" and isinstance(value, str) and _EPOCH.fullmatch(value):
        return iso(float(value))
    return value


class Page:
    """The rows and fields asked for: count (0: all), offset, f (fields, may be repeated)."""

    def __init__(self, call: Call, result: Any, default_count: int = 100):
        count = call.integer("count", default_count)
        self.offset = call.integer("offset", 0)
        if count < 0 or self.offset < 0:
            raise RestError(400, "count and offset may not be negative")
        wanted = [
            name
            for value in call.all("f") + call.all("field_list")
            for name in value.split(",")
            if name
        ]
        self.fields = [n for n in result.fields if not wanted or n in wanted]
        end = self.offset + count if count else None
        self.rows = [
            {name: _shown(name, row[name]) for name in self.fields if name in row}
            for row in result.rows[self.offset : end]
        ]


def render(
    call: Call,
    result: Any,
    preview: bool,
    messages: list[dict[str, str]],
    default_mode: str = "xml",
    default_count: int = 100,
) -> Reply:
    mode = call.get("output_mode", default_mode) or default_mode
    if mode not in MODES:
        raise RestError(400, f"output_mode={mode} is not known here; use one of {', '.join(MODES)}")
    page = Page(call, result, default_count)
    if mode == "xml":
        return _xml(page, preview, messages)
    if mode == "csv":
        return _csv(page)
    if mode == "raw":
        lines = [str(row.get("_raw", "")) for row in page.rows]
        return Reply("\n".join(lines).encode("utf-8", "replace"), "text/plain; charset=UTF-8")
    head = {"preview": preview, "init_offset": page.offset, "messages": messages}
    if mode == "json":
        return json_reply(
            {
                **head,
                "fields": [{"name": n} for n in page.fields],
                "results": page.rows,
                "highlighted": {},
            }
        )
    fields: list[Any] = list(page.fields)
    if call.boolean("show_metadata"):
        fields = [{"name": name} for name in page.fields]
    if mode == "json_rows":
        return json_reply(
            {
                **head,
                "fields": fields,
                "rows": [[row.get(n) for n in page.fields] for row in page.rows],
            }
        )
    return json_reply(
        {
            **head,
            "fields": fields,
            "columns": [[row.get(n) for row in page.rows] for n in page.fields],
        }
    )


def _csv(page: Page) -> Reply:
    """Multivalues are joined by line feeds, as splunkd's CSV does.

    Values go out unchanged, as over splunkd's REST: neutralising formulas is up to what turns
    the CSV into a download.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(page.fields)
    for row in page.rows:
        values = (row.get(name, "") for name in page.fields)
        writer.writerow(["\n".join(v) if isinstance(v, list) else v for v in values])
    return Reply(out.getvalue().encode("utf-8", "replace"), "text/csv; charset=UTF-8")


def _xml_field(name: str, value: Any) -> str:
    key = text(name).replace("'", "&apos;")
    if name == "_raw":
        raw = value if isinstance(value, str) else "\n".join(value)
        return f"<field k='_raw'><v xml:space='preserve' trim='0'>{text(raw)}</v></field>"
    values = value if isinstance(value, list) else [value]
    inner = "".join(f"<value><text>{text(str(item))}</text></value>" for item in values)
    return f"<field k='{key}'>{inner}</field>"


def _xml(page: Page, preview: bool, messages: list[dict[str, str]]) -> Reply:
    order = "".join(f"<field>{text(name)}</field>" for name in page.fields)
    notes = "".join(f"<msg type='{m['type']}'>{text(m['text'])}</msg>" for m in messages)
    rows = "".join(
        f"<result offset='{page.offset + number}'>"
        + "".join(_xml_field(name, row[name]) for name in page.fields if name in row)
        + "</result>"
        for number, row in enumerate(page.rows)
    )
    return xml_reply(
        f"<results preview='{int(preview)}'><meta><fieldOrder>{order}</fieldOrder>"
        f"</meta><messages>{notes}</messages>{rows}</results>"
    )


def stream_lines(call: Call, result: Any, messages: list[dict[str, str]]) -> Reply:
    """The export endpoint's form: in JSON one object a line, the last one marked."""
    if call.get("output_mode", "xml") != "json":
        return render(call, result, False, messages, default_count=0)
    page = Page(call, result, 0)
    last = len(page.rows) - 1
    lines = []
    for number, row in enumerate(page.rows):
        line: dict[str, Any] = {"preview": False, "offset": page.offset + number, "result": row}
        if number == last:
            line["lastrow"] = True
        lines.append(json.dumps(line, ensure_ascii=False))
    if not lines:
        lines = [json.dumps({"preview": False, "lastrow": True})]
    return Reply("\n".join(lines).encode("utf-8", "surrogatepass") + b"\n")
