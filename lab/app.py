"""The app as splunkd sees it: its .conf files, default/ below the lab's own local/, as objects.

Implements the knowledge that the SPL parser asks for (`macro`, `saved_search`).
Nothing here knows what the app detects; it reads whatever app it is pointed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from lab.builtin import BUILTIN_INDEXES, BUILTIN_SOURCETYPES
from lab.conf import Conf, ConfError, Stanza, layered, read
from lab.datamodels import DataModel, read_models
from lab.neighbours import Neighbour, beside, lookup_file
from lab.props import Props
from lab.roles import Role, read_roles


@dataclass(frozen=True)
class Macro:
    name: str
    arguments: tuple[str, ...]
    definition: str
    iseval: bool = False
    validation: str = ""
    errormsg: str = ""


@dataclass(frozen=True)
class SavedSearch:
    """`settings` has every setting; the times are modifiers as written, None where absent."""

    name: str
    search: str
    settings: dict[str, str]
    position: int
    where: str
    disabled: bool = False
    scheduled: bool = False
    cron_schedule: str = ""
    earliest: str | None = None
    latest: str | None = None
    index_earliest: str | None = None
    index_latest: str | None = None


@dataclass(frozen=True)
class LookupDefinition:
    """A lookup of transforms.conf: a CSV `filename`, or a KV `collection` with `fields_list`.

    `match_type` maps a field to "wildcard" or "cidr"; a field absent from it is exact.
    `max_matches` defaults to 1 for a time-based lookup, else 100 (transforms.conf.spec;
    1,000 is its upper bound). `min_matches` and `default_match` as the spec gives them.
    """

    name: str
    filename: str | None = None
    collection: str | None = None
    fields_list: tuple[str, ...] = ()
    case_sensitive_match: bool = True
    match_type: dict[str, str] = field(default_factory=dict)
    max_matches: int = 100
    min_matches: int = 0
    default_match: str = ""
    time_field: str | None = None
    time_format: str = "%s.%Q"
    max_offset_secs: int = 2_000_000_000
    min_offset_secs: int = 0
    filter: str | None = None
    where: str = ""


@dataclass(frozen=True)
class Collection:
    """`types` maps a field to number, bool, string or time (collections.conf `field.*`)."""

    name: str
    types: dict[str, str]
    enforce_types: bool = False
    replicate: bool = False


@dataclass(frozen=True)
class Eventtype:
    name: str
    search: str
    tags: tuple[str, ...] = ()
    priority: int = 1


@dataclass(frozen=True)
class IndexDefinition:
    """`datatype` is "event" or "metric"."""

    name: str
    datatype: str = "event"


@dataclass(frozen=True)
class View:
    name: str
    path: Path

    @property
    def xml(self) -> str:
        return self.path.read_text("utf-8")


CIM = Path(__file__).parent / "cim"
"""Stand-ins of Splunk_SA_CIM's models and macros, beneath those of the app."""

_MACRO_STANZA = re.compile(r"(?P<name>[^()]+)(?:\((?P<arity>\d+)\))?\Z")
_MATCH_TYPE = re.compile(r"(?P<kind>WILDCARD|CIDR|EXACT)\s*\(\s*(?P<field>[^)]+?)\s*\)", re.IGNORECASE)


def _names(text: str) -> tuple[str, ...]:
    """A comma- or blank-separated list, quotes taken off."""
    return tuple(part.strip().strip('"') for part in re.split(r"[,\s]+", text) if part.strip())


def _macros(conf: Conf) -> dict[tuple[str, int], Macro]:
    found = {}
    for stanza in conf.values():
        match = _MACRO_STANZA.match(stanza.name)
        if match is None:
            raise ConfError(f"{stanza.where()}: [{stanza.name}] is not name or name(count)")
        arity = int(match["arity"] or 0)
        arguments = tuple(part.strip() for part in stanza.get("args").split(",") if part.strip())
        if len(arguments) != arity:
            raise ConfError(
                f"{stanza.where('args')}: macro [{stanza.name}] takes {arity} arguments, but"
                f" args names {len(arguments)}"
            )
        if "definition" not in stanza.settings:
            raise ConfError(f"{stanza.where()}: macro [{stanza.name}] has no definition")
        found[(match["name"], arity)] = Macro(
            match["name"], arguments, stanza.get("definition"), stanza.boolean("iseval", False),
            stanza.get("validation"), stanza.get("errormsg"),
        )
    return found


class App:
    """`path` is the app's folder; `local` a folder of .conf files laid over its default/; `others`
    are the folders of apps installed beside it (lab/neighbours.py).
    """

    def __init__(self, path: Path | str, local: Path | str | None = None,
                 others: Sequence[Path | str] = ()):
        self.path = Path(path)
        self.local = Path(local) if local is not None else None
        self.others = tuple(Neighbour(other) for other in others)
        if not (self.path / "default").is_dir():
            raise ConfError(f"{self.path}: not a Splunk app (it has no default/)")
        self._confs: dict[str, Conf] = {}

    @cached_property
    def name(self) -> str:
        """The app's id: app.conf [package] id, else [id] name, else the folder's name."""
        conf = self.conf("app")
        for stanza, key in (("package", "id"), ("id", "name")):
            if stanza in conf and conf[stanza].get(key):
                return conf[stanza].get(key)
        return self.path.resolve().name

    def conf(self, name: str) -> Conf:
        """All of `<name>.conf`, layered."""
        if name not in self._confs:
            paths = [self.path / "default" / f"{name}.conf"]
            if self.local is not None:
                paths.append(self.local / f"{name}.conf")
            own = layered(paths)
            if self.others and name in ("props", "transforms"):
                own = beside(own, self.name, self.others, name)
            self._confs[name] = own
        return self._confs[name]

    def lookup_file(self, filename: str) -> Path:
        """Where a CSV lookup lies: in this app, else in one beside it that exports its lookups."""
        return lookup_file(self.path, self.others, filename)

    # --- SPL's knowledge ---------------------------------------------------------------------

    def macro(self, name: str, arity: int) -> Macro | None:
        return self.macros.get((name, arity)) or self._cim_macros.get((name, arity))

    def macro_names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in (*self.macros, *self._cim_macros)))

    def saved_search_names(self) -> list[str]:
        return list(self.saved_searches)

    def saved_search(self, name: str) -> str | None:
        found = self.saved_searches.get(name)
        return found.search if found is not None else None

    def datamodel(self, name: str) -> DataModel | None:
        return self.datamodels.get(name)

    def datamodel_names(self) -> list[str]:
        return list(self.datamodels)

    @cached_property
    def datamodels(self) -> dict[str, DataModel]:
        """By name: those of CIM; default/data/models goes before them, the lab's local/ before both."""
        folders = [self.path / "default", *([self.local] if self.local is not None else [])]
        return read_models([CIM, *(folder / "data" / "models" for folder in folders)],
                           self.conf("datamodels"))

    @cached_property
    def macros(self) -> dict[tuple[str, int], Macro]:
        """The app's own, by name and number of arguments."""
        return _macros(self.conf("macros"))

    @cached_property
    def _cim_macros(self) -> dict[tuple[str, int], Macro]:
        return _macros(read(CIM / "macros.conf"))

    @cached_property
    def saved_searches(self) -> dict[str, SavedSearch]:
        """In the order of the file."""
        found = {}
        for position, stanza in enumerate(self.conf("savedsearches").values()):
            if "search" not in stanza.settings:
                raise ConfError(f"{stanza.where()}: saved search [{stanza.name}] has no search")
            scheduled = stanza.boolean("enableSched", False)
            if scheduled and not stanza.get("cron_schedule"):
                raise ConfError(
                    f"{stanza.where('enableSched')}: [{stanza.name}] is scheduled but has no"
                    " cron_schedule"
                )
            found[stanza.name] = SavedSearch(
                name=stanza.name, search=stanza.get("search"), settings=dict(stanza.settings),
                position=position, where=stanza.where(),
                disabled=stanza.boolean("disabled", False), scheduled=scheduled,
                cron_schedule=stanza.get("cron_schedule"),
                earliest=stanza.get("dispatch.earliest_time") or None,
                latest=stanza.get("dispatch.latest_time") or None,
                index_earliest=stanza.get("dispatch.index_earliest") or None,
                index_latest=stanza.get("dispatch.index_latest") or None,
            )
        return found

    # --- index and search time ---------------------------------------------------------------

    @cached_property
    def _props(self) -> Props:
        return Props(self.conf("props"))

    def props(self, sourcetype: str, source: str = "", host: str = "") -> list[tuple[str, str]]:
        """Every props setting that holds for such an event, in ASCII order of its key."""
        return self._props.merged(sourcetype, source, host)

    @property
    def sourcetypes(self) -> list[str]:
        """The source types that ingest knows: those with props here, and splunkd's own."""
        return sorted({*self._props.sourcetypes, *BUILTIN_SOURCETYPES})

    @property
    def transforms(self) -> dict[str, Stanza]:
        return self.conf("transforms")

    @cached_property
    def lookups(self) -> dict[str, LookupDefinition]:
        found = {}
        for stanza in self.transforms.values():
            external = stanza.get("external_type")
            if external == "kvstore" or "filename" in stanza.settings:
                found[stanza.name] = self._lookup(stanza, external)
            elif external or "external_cmd" in stanza.settings:
                raise ConfError(
                    f"{stanza.where()}: lookup [{stanza.name}] is of a kind the lab does not run"
                    " (external scripts and geographic files)"
                )
        return found

    def _lookup(self, stanza: Stanza, external: str) -> LookupDefinition:
        fields = tuple(p.strip() for p in stanza.get("fields_list").split(",") if p.strip())
        if external == "kvstore":
            if stanza.get("collection") not in self.collections:
                raise ConfError(
                    f"{stanza.where('collection')}: lookup [{stanza.name}] names the collection"
                    f" {stanza.get('collection')!r}, which collections.conf does not have"
                )
            if not fields:
                raise ConfError(
                    f"{stanza.where()}: lookup [{stanza.name}] on a collection needs fields_list"
                )
        match_type = {}
        text = stanza.get("match_type")
        for match in _MATCH_TYPE.finditer(text):
            if match["kind"].lower() != "exact":
                match_type[match["field"]] = match["kind"].lower()
        if re.sub(r"[,\s]", "", _MATCH_TYPE.sub("", text)):
            raise ConfError(
                f"{stanza.where('match_type')}: [{stanza.name}] match_type takes WILDCARD(field),"
                " CIDR(field) and EXACT(field)"
            )
        time_field = stanza.get("time_field") or None
        return LookupDefinition(
            name=stanza.name, filename=stanza.get("filename") or None,
            collection=stanza.get("collection") if external == "kvstore" else None,
            fields_list=fields,
            case_sensitive_match=stanza.boolean("case_sensitive_match", True),
            match_type=match_type,
            max_matches=stanza.integer("max_matches", 1 if time_field else 100),
            min_matches=stanza.integer("min_matches", 0),
            default_match=stanza.get("default_match"), time_field=time_field,
            time_format=stanza.get("time_format") or "%s.%Q",
            max_offset_secs=stanza.integer("max_offset_secs", 2_000_000_000),
            min_offset_secs=stanza.integer("min_offset_secs", 0),
            filter=stanza.get("filter") or None, where=stanza.where(),
        )

    @cached_property
    def collections(self) -> dict[str, Collection]:
        found = {}
        for stanza in self.conf("collections").values():
            types = {
                key[len("field."):]: value.strip().lower()
                for key, value in stanza.settings.items() if key.startswith("field.")
            }
            for name, kind in types.items():
                if kind not in ("number", "bool", "string", "time", "cidr", "array"):
                    raise ConfError(
                        f"{stanza.where('field.' + name)}: [{stanza.name}] field.{name} ="
                        f" {kind!r}: the types are number, bool, string, time, cidr, array"
                    )
            found[stanza.name] = Collection(
                stanza.name, types, stanza.boolean("enforceTypes", False),
                stanza.boolean("replicate", False),
            )
        return found

    @cached_property
    def eventtypes(self) -> dict[str, Eventtype]:
        found = {}
        for stanza in self.conf("eventtypes").values():
            if stanza.boolean("disabled", False):
                continue
            found[stanza.name] = Eventtype(
                stanza.name, stanza.get("search"), self.tags.get(("eventtype", stanza.name), ()),
                stanza.integer("priority", 1),
            )
        return found

    @cached_property
    def tags(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """(field, value) → the tags enabled for it."""
        found = {}
        for stanza in self.conf("tags").values():
            name, equals, value = stanza.name.partition("=")
            if not equals:
                raise ConfError(f"{stanza.where()}: [{stanza.name}] is not field=value")
            enabled = tuple(tag for tag in stanza.settings if stanza.boolean(tag, False))
            found[(unquote(name.strip()), unquote(value.strip()))] = enabled
        return found

    @cached_property
    def indexes(self) -> dict[str, IndexDefinition]:
        """The app's indexes, and those that every Splunk has."""
        found = {name: IndexDefinition(name) for name in BUILTIN_INDEXES}
        for stanza in self.conf("indexes").values():
            if stanza.name.startswith("volume:") or stanza.boolean("disabled", False):
                continue
            datatype = stanza.get("datatype", "event").strip().lower()
            if datatype not in ("event", "metric"):
                raise ConfError(
                    f"{stanza.where('datatype')}: [{stanza.name}] datatype is event or metric"
                )
            found[stanza.name] = IndexDefinition(stanza.name, datatype)
        return found

    # --- people and pages --------------------------------------------------------------------

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The app's roles and Splunk's own, with what importRoles brings."""
        return read_roles(self.conf("authorize"))

    @cached_property
    def views(self) -> dict[str, View]:
        folder = self.path / "default" / "data" / "ui" / "views"
        return {path.stem: View(path.stem, path) for path in sorted(folder.glob("*.xml"))}

    @property
    def inputs(self) -> Conf:
        return self.conf("inputs")
