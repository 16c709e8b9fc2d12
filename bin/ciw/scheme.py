"""splunkd's side of a modular input: the scheme, the configuration on standard input, errors.

Shapes: "Modular inputs" in Splunk's developer guide. A run is configured by
`<input><server_uri/><session_key/><checkpoint_dir/><configuration><stanza name=""><param/>…`,
validation by `<items>…<item name=""><param/>…</item></items>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from .declare import Source
from .errors import InvalidArgument
from .text import escape, escape_attribute

_DATA_TYPES = {"integer": "number", "boolean": "boolean"}


@dataclass(frozen=True)
class Configuration:
    """What splunkd hands to a run; `stanza` is the full name, such as aws_cloudtrail://main."""

    server_uri: str
    session_key: str
    checkpoint_dir: str
    stanza: str
    parameters: dict[str, str]
    server_host: str = ""


def render_scheme(source: Source) -> str:
    """The document `--scheme` prints."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<scheme>",
        f"<title>{escape(source.title)}</title>",
        f"<description>{escape(source.description)}</description>",
        "<use_external_validation>true</use_external_validation>",
        "<use_single_instance>false</use_single_instance>",
        "<streaming_mode>xml</streaming_mode>",
        "<endpoint><args>",
    ]
    for argument in source.arguments:
        required = "true" if argument.required else "false"
        lines += [
            f'<arg name="{escape_attribute(argument.name)}">',
            f"<title>{escape(argument.title)}</title>",
            f"<description>{escape(argument.help)}</description>",
            "<data_type>{}</data_type>".format(_DATA_TYPES.get(argument.kind, "string")),
            f"<required_on_create>{required}</required_on_create>",
            "<required_on_edit>false</required_on_edit>",
            "</arg>",
        ]
    lines.append("</args></endpoint>")
    lines.append("</scheme>")
    return "\n".join(lines) + "\n"


def render_error(message: str) -> str:
    """What `--validate-arguments` prints for splunkd to show in the form."""
    return f"<error><message>{escape(message)}</message></error>\n"


def parse_run(document: bytes) -> Configuration:
    """The configuration of a run: exactly one stanza (use_single_instance is false)."""
    root = _parse(document, "input")
    stanzas = root.findall("configuration/stanza")
    if len(stanzas) != 1:
        raise InvalidArgument(
            f"the configuration on standard input has {len(stanzas)} stanzas, not one: check that "
            "splunkd starts one process per stanza"
        )
    return _configuration(root, stanzas[0])


def parse_validation(document: bytes) -> Configuration:
    """The configuration of `--validate-arguments`."""
    root = _parse(document, "items")
    item = root.find("item")
    if item is None:
        raise InvalidArgument("the document to validate has no <item>")
    return _configuration(root, item)


def _parse(document: bytes, tag: str) -> ElementTree.Element:
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise InvalidArgument("the configuration on standard input has a DTD: splunkd sends none")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise InvalidArgument(f"the configuration on standard input is not XML: {error}")
    if root.tag != tag:
        raise InvalidArgument(
            f"the configuration on standard input is <{root.tag}>, expected <{tag}>"
        )
    return root


def _configuration(root: ElementTree.Element, stanza: ElementTree.Element) -> Configuration:
    parameters: dict[str, str] = {}
    for node in stanza.findall("param"):
        parameters[node.get("name", "")] = node.text or ""
    for node in stanza.findall("param_list"):
        values: list[str] = [value.text or "" for value in node.findall("value")]
        parameters[node.get("name", "")] = ",".join(values)
    return Configuration(
        server_uri=root.findtext("server_uri", ""),
        session_key=root.findtext("session_key", ""),
        checkpoint_dir=root.findtext("checkpoint_dir", ""),
        stanza=stanza.get("name", ""),
        parameters=parameters,
        server_host=root.findtext("server_host", ""),
    )
