"""storage/collections/data: the collections' documents, with their access lists."""

from __future__ import annotations

import json
from typing import Any

from lab.kvstore import (
    MAX_BATCH_DOCUMENTS,
    REST_MAX_ROWS,
    BadQuery,
    DuplicateKey,
    InvalidDocument,
    NoSuchKey,
)
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.errors import RestError


def _definition(call: Call, name: str) -> Any:
    found = call.state.app.collections.get(name)
    if found is None or call.app not in (None, "-", call.state.app.name):
        raise RestError(404, f"Could not find object id={name}")
    return found


def _collection(call: Call, name: str, verb: str) -> Any:
    """The collection, if the caller may read or write it.

    Documents belong to an owner in splunkd; the app uses only those of nobody, and so does the
    lab: another owner in the path is an error rather than an empty list.
    """
    _definition(call, name)
    if call.owner not in (None, "nobody", "-"):
        raise RestError(
            400,
            f"the lab keeps only nobody's documents: call servicesNS/nobody/"
            f"{call.state.app.name}/{call.path}",
        )
    call.state.access.demand(call.user, verb, "collections", name)
    return call.state.home.kv.collection(name)


def _text_json(call: Call, argument: str) -> Any:
    text = call.get(argument)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise RestError(400, f"{argument} is not JSON: {error}") from None


def _found(collection: Any, **arguments: Any) -> list[dict[str, Any]]:
    try:
        return collection.find(**arguments)
    except BadQuery as error:
        raise RestError(400, str(error)) from None


def query(call: Call, name: str) -> Reply:
    """At most REST_MAX_ROWS documents, silently, as splunkd: page with skip and limit."""
    collection = _collection(call, name, "read")
    limit = call.integer("limit", 0)
    limit = min(limit, REST_MAX_ROWS) if limit > 0 else REST_MAX_ROWS
    return json_reply(
        _found(
            collection,
            query=_text_json(call, "query"),
            sort=call.get("sort") or None,
            skip=call.integer("skip", 0),
            limit=limit,
            fields=call.get("fields") or None,
        )
    )


def look(call: Call, name: str, key: str) -> Reply:
    document = _collection(call, name, "read").get(key)
    if document is None:
        raise RestError(404, "Could not find object.")
    return json_reply(document)


def _needs_json(call: Call) -> None:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RestError(415, "Unsupported content type: send the document as application/json")


def insert(call: Call, name: str) -> Reply:
    collection = _collection(call, name, "write")
    _needs_json(call)
    document = call.json()
    try:
        key = collection.insert(document)
    except DuplicateKey:
        raise RestError(409, "A document with the same key and user already exists.") from None
    except InvalidDocument as error:
        raise RestError(400, str(error)) from None
    return json_reply({"_key": key}, 201)


def replace(call: Call, name: str, key: str) -> Reply:
    collection = _collection(call, name, "write")
    _needs_json(call)
    document = call.json()
    if not isinstance(document, dict):
        raise RestError(400, "a document is a JSON object")
    try:
        collection.replace(key, document)
    except NoSuchKey:
        raise RestError(404, "Could not find object.") from None
    except InvalidDocument as error:
        raise RestError(400, str(error)) from None
    return json_reply({"_key": key})


def batch_save(call: Call, name: str) -> Reply:
    collection = _collection(call, name, "write")
    _needs_json(call)
    documents = call.json()
    if not isinstance(documents, list):
        raise RestError(400, "batch_save takes a JSON array of documents")
    if len(documents) > MAX_BATCH_DOCUMENTS:
        raise RestError(
            400,
            "Request exceeds API limits - see limits.conf for details. (Too many"
            " documents for a single batch save,"
            f" max_documents_per_batch_save={MAX_BATCH_DOCUMENTS})",
        )
    try:
        return json_reply(collection.upsert_many(documents))
    except InvalidDocument as error:
        raise RestError(400, str(error)) from None


def batch_find(call: Call, name: str) -> Reply:
    collection = _collection(call, name, "read")
    _needs_json(call)
    queries = call.json()
    if not isinstance(queries, list) or not all(isinstance(item, dict) for item in queries):
        raise RestError(400, "batch_find takes a JSON array of objects")
    return json_reply(
        [
            _found(
                collection,
                query=item.get("query"),
                sort=item.get("sort"),
                skip=int(item.get("skip", 0)),
                limit=int(item.get("limit", 0)),
                fields=item.get("fields"),
            )
            for item in queries
        ]
    )


def delete(call: Call, name: str) -> Reply:
    try:
        _collection(call, name, "write").delete(_text_json(call, "query"))
    except BadQuery as error:
        raise RestError(400, str(error)) from None
    return Reply(b"")


def delete_one(call: Call, name: str, key: str) -> Reply:
    collection = _collection(call, name, "write")
    if collection.get(key) is None:
        raise RestError(404, "Could not find object.")
    collection.delete({"_key": key})
    return Reply(b"")


_DATA = r"storage/collections/data/(?P<name>[^/]+)"
ROUTES = [
    Route("POST", _DATA + "/batch_save", batch_save),
    Route("POST", _DATA + "/batch_find", batch_find),
    Route("GET", _DATA, query),
    Route("POST", _DATA, insert),
    Route("DELETE", _DATA, delete),
    Route("GET", _DATA + "/(?P<key>[^/]+)", look),
    Route("POST", _DATA + "/(?P<key>[^/]+)", replace),
    Route("DELETE", _DATA + "/(?P<key>[^/]+)", delete_one),
]
