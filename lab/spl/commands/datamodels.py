"""Commands over data models: the FROM and WHERE of tstats, datamodel, from."""

from __future__ import annotations

from dataclasses import replace

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, Token, boolean, refused
from lab.spl.commands.base import Invocation, Parser
from lab.spl.datasets import METADATA, DatasetSearch, model_named, object_named
from lab.spl.errors import Span, SPLError

_ANY_TIME = nodes.TimeWindow()


def dotted(arguments: Arguments) -> tuple[Token, tuple[str, ...]]:
    """`Change.All_Changes`, `"Change.All_Changes"` or `"Change"."All_Changes"`: its parts."""
    first = token = arguments.take()
    text = token.value
    while arguments.peek().glued and arguments.peek().kind in ("word", "string"):
        token = arguments.take()
        text += token.value
    place = replace(first, end=token.end)
    if token.kind not in ("word", "string") or not all(text.split(".")):
        raise arguments.error("expected the name of a data model, or model.dataset", place)
    return place, tuple(text.split("."))


def from_clause(arguments: Arguments) -> tuple[Token, tuple[str, ...]]:
    """FROM datamodel=model[.dataset] of tstats, the cursor behind FROM."""
    if not arguments.at_option():
        raise arguments.error("expected datamodel=<name> after FROM in 'tstats'")
    if arguments.peek().value.lower() != "datamodel":
        arguments.option({"sid": refused("it reads another job's results")}, {})
    arguments.take()
    arguments.take()
    return dotted(arguments)


def dataset_of_tstats(
    call: Invocation, source: tuple[Token, tuple[str, ...]], span: Span,
    predicate: nodes.Predicate, window: nodes.TimeWindow, names: dict[str, Span],
) -> tuple[nodes.Dataset, nodes.Predicate]:
    """The dataset that FROM and `nodename` name, and the WHERE without `nodename`.

    FROM names a root dataset, or none where the model has one root; `nodename` is a path from the
    root (Search Reference, tstats). `names` are the fields the command looks at.
    """
    parts = source[1]
    model = model_named(call.knowledge, parts[0], span)
    node, predicate = _nodename(predicate)
    if len(parts) > 2:
        raise SPLError(f"{'.'.join(parts)}: FROM takes model.root_dataset", span,
                       construct=".".join(parts), hint="a child is named in where nodename=")
    if len(parts) == 2:
        item = object_named(model, parts[1], span)
        if item not in model.roots:
            raise SPLError(
                f"{parts[1]!r} is not a root dataset of {model.name!r}, and FROM takes those", span,
                construct=parts[1],
                hint=f"from datamodel={model.name}.{item.lineage.partition('.')[0]} where"
                f" nodename={item.lineage}")
    elif node is None and len(model.roots) > 1:
        raise SPLError(
            f"the data model {model.name!r} has several root datasets", span, construct=model.name,
            hint="write one of " + ", ".join(f"{model.name}.{item.name}" for item in model.roots))
    else:
        item = model.roots[0]
    if node is not None:
        chosen = next((one for one in model.objects if one.lineage == node.value), None)
        if chosen is None or len(parts) == 2 and item not in model.line(chosen):
            under = [one.lineage for one in model.objects
                     if len(parts) < 2 or item in model.line(one)]
            raise SPLError(f"nodename={node.value} is no dataset of {'.'.join(parts)}", node.span,
                           construct=node.value, hint="there is " + ", ".join(under))
        item = chosen
    search = DatasetSearch(model, item, call.knowledge)
    names = {**names, **predicate_fields(predicate)}
    for name, place in names.items():
        search.check(name, place)
    everything = [*search.fields, *METADATA]
    dataset = _dataset(call, search, span, everything if _has_subsearch(predicate) else
                       ["_time", *names], window)
    return replace(dataset, fields=tuple(dict.fromkeys([*everything, *names]))), predicate


def _nodename(predicate: nodes.Predicate) -> tuple[nodes.Compare | None, nodes.Predicate]:
    """`nodename=x` among the terms of the outermost AND, and the rest."""
    terms = predicate.parts if isinstance(predicate, nodes.And) else (predicate,)
    found = [term for term in terms
             if isinstance(term, nodes.Compare) and term.field_name == "nodename"]
    rest = tuple(term for term in terms if term not in found)
    if len(found) > 1 or any(term.operator != "=" or "*" in term.value for term in found):
        raise SPLError("nodename names one dataset: nodename=root.child", found[-1].span,
                       construct="nodename")
    if not rest:
        return (found[0] if found else None), nodes.MatchAll(span=predicate.span)
    left = rest[0] if len(rest) == 1 else nodes.And(rest, span=predicate.span)
    return (found[0] if found else None), left


def _has_subsearch(node: nodes.Predicate) -> bool:
    parts = getattr(node, "parts", ()) or filter(None, [getattr(node, "part", None)])
    return isinstance(node, nodes.SubsearchTerms) or any(map(_has_subsearch, parts))


def check_summary(call: Invocation, name: str) -> None:
    """SPLError where the lab cannot tell what the summary of a data model holds."""
    model = call.knowledge.datamodel(name)
    if model.accelerated and model.backfilled_from is not None:
        raise call.error(
            f"summariesonly=true: datamodels.conf sets acceleration.backfill_time for {name!r}, so"
            " the summary depends on when it was first made")


def predicate_fields(node: nodes.Predicate) -> dict[str, Span]:
    """The fields a WHERE names; SPLError for words, which no summary has."""
    if isinstance(node, (nodes.Compare, nodes.InValues)):
        if node.field_name == "nodename":
            raise SPLError("nodename stands beside the other terms of WHERE, outside OR and NOT",
                           node.span, construct="nodename",
                           hint="one search for each dataset, with prestats=t append=t")
        return {node.field_name: node.span}
    if isinstance(node, nodes.RawTerm):
        raise SPLError("a data model has fields, no words of the event", node.span,
                       construct=node.text, hint="write field=value")
    found: dict[str, Span] = {}
    for part in getattr(node, "parts", ()) or filter(None, [getattr(node, "part", None)]):
        found |= predicate_fields(part)
    return found


def _dataset(
    call: Invocation, search: DatasetSearch, span: Span, names: list[str] | None,
    window: nodes.TimeWindow = _ANY_TIME, flat: bool = False, strict: bool = True,
) -> nodes.Dataset:
    model, item = search.model, search.item
    title = f"data model {model.name}, dataset {item.name}"
    try:
        text = search.text(names, flat, strict)
    except SPLError as error:
        raise SPLError(f"in the {title}: {error.message}", span, error.construct, error.hint) \
            from error
    pipeline = call.within(text, title, span)
    if window != _ANY_TIME:
        first = pipeline.commands[0]
        if not isinstance(first, (nodes.Search, nodes.Tstats)) \
                or first.window != _ANY_TIME:
            raise SPLError(f"the {title} has a time range of its own", span, construct=item.name)
        pipeline = replace(
            pipeline, commands=(replace(first, window=window), *pipeline.commands[1:]))
    fields = tuple(local if flat else full for full, local in search.fields.items())
    return nodes.Dataset(model.name, item.lineage, pipeline, fields, model.accelerated,
                         model.summarised_from)


_OPTIONS: dict[str, Kind] = {
    "strict_fields": boolean, "allow_old_summaries": boolean, "summariesonly": boolean,
}
_MODES = ("search", "flat", "acceleration_search")


def datamodel(call: Invocation) -> nodes.Command:
    """`datamodel [model [dataset [mode]]] options` (searchbnf.conf, [datamodel-command])."""
    if not call.first:
        raise call.error("'datamodel' must be the first command of its search")
    arguments, given = call.arguments(), {}
    words: list[Token] = []
    while not arguments.done:
        if arguments.at_option():
            arguments.option(_OPTIONS, given)
        else:
            words.append(arguments.take())
    if any(token.kind not in ("word", "string") for token in words) or len(words) > 3:
        raise call.error("'datamodel' takes a data model, a dataset and a mode")
    if len(words) < 3 and given:
        raise call.error(f"{next(iter(given))} needs a data model, a dataset and a mode")
    if not words:
        models = [call.knowledge.datamodel(name) for name in call.knowledge.datamodel_names()]
        return nodes.Datamodel(definitions=tuple(model.document for model in models),
                               span=call.span)
    model = model_named(call.knowledge, words[0].value, arguments.span(words[0]))
    if len(words) == 1:
        return nodes.Datamodel(definitions=(model.document,), span=call.span)
    item = object_named(model, words[1].value, arguments.span(words[1]))
    if len(words) == 2:
        return nodes.Datamodel(definitions=(item.document,), span=call.span)
    mode = words[2].value.lower()
    if mode in ("search_string", "flat_string", "acceleration_search_string"):
        raise arguments.error(
            f"{mode} prints the search that Splunk runs, which the lab does not have", words[2],
            hint="one of " + ", ".join(_MODES))
    if mode not in _MODES:
        raise arguments.error(f"'datamodel' has no mode {words[2].value!r}", words[2],
                              hint="one of " + ", ".join(_MODES))
    if mode == "acceleration_search" and item not in model.roots:
        raise arguments.error("acceleration_search takes root datasets only", words[1])
    return _rows(call, DatasetSearch(model, item, call.knowledge), mode == "flat", given)


def _rows(call: Invocation, search: DatasetSearch, flat: bool, given: dict[str, object]
          ) -> nodes.Command:
    strict = bool(given.get("strict_fields", search.model.strict_fields))
    if given.get("summariesonly"):
        check_summary(call, search.model.name)
    dataset = _dataset(call, search, call.span, None, flat=flat, strict=strict)
    return nodes.Datamodel(dataset, flat=flat, summariesonly=bool(given.get("summariesonly")),
                           span=call.span)


def from_(call: Invocation) -> nodes.Command:
    """`from type:name`, or with a blank (searchbnf.conf, [from-command]).

    A dataset of a data model comes with the fields' plain names.
    """
    if not call.first:
        raise call.error("'from' must be the first command of its search")
    arguments = call.arguments()
    start = arguments.take()
    kind, _, rest = start.value.partition(":")
    kind = kind.lower()
    if start.kind != "word" or kind not in ("datamodel", "lookup", "inputlookup", "savedsearch"):
        raise arguments.error(
            f"'from' knows no dataset type {start.value!r}", start,
            hint="datamodel:model.dataset, lookup:name, inputlookup:name or savedsearch:name")
    name, place = rest, start
    while not arguments.done and (not name or arguments.peek().glued):
        place = arguments.take()
        name += place.value
    arguments.expect_end()
    if not name:
        raise call.error(f"'from {kind}' names nothing")
    span = arguments.span(replace(place, start=start.start))
    if kind in ("lookup", "inputlookup"):
        return nodes.Inputlookup(name, span=call.span)
    if kind == "savedsearch":
        return nodes.Savedsearch(name, (), call.saved(name, (), call.span), span=call.span)
    parts = name.split(".")
    model = model_named(call.knowledge, parts[0], span)
    if len(parts) != 2:
        raise SPLError("'from' takes one dataset of the data model", span, construct=name,
                       hint=f"for example datamodel:{model.name}.{model.objects[0].name}")
    item = object_named(model, parts[1], span)
    return _rows(call, DatasetSearch(model, item, call.knowledge), True, {})


PARSERS: dict[str, Parser] = {"datamodel": datamodel, "from": from_}
