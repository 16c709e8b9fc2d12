"""The KV store of this app over splunkd's REST, as one user (the caller) or as the system.

Uses splunklib's binding for the connection, as it follows splunkd's own conventions for tokens
and namespaces. Limits it keeps: 50,000 rows a query are silently cut by splunkd, so reads page;
1,000 documents a batch_save.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from splunklib.binding import AuthenticationError, Context, HTTPError, UrlEncoded

from ciw_triage.errors import Forbidden, Unavailable

APP = "cloud_instance_watch"
PAGE = 10000
# Rows of some fields only, of 3 KB at most: a result may also not exceed 50 MB (limits.conf:
# max_size_per_result_mb).
NARROW_PAGE = 15000
BATCH = 1000
# A query travels in the address: with ids of 64 digits these stay well below 8 KiB.
KEYS_PER_QUERY = 50
# An id of Azure takes some 300 characters of an address.
VALUES_PER_QUERY = 15
JSON_BODY = [("Content-Type", "application/json")]
CURRENT_CONTEXT = "/services/authentication/current-context"


class DuplicateKey(Exception):
    """An insert met a document of the same _key."""


class KVStore:
    """`rest_uri` is splunkd's management address, `token` the session key to act with."""

    def __init__(self, rest_uri, token):
        address = urlsplit(rest_uri)
        self._context = Context(
            scheme=address.scheme,
            host=address.hostname,
            port=address.port,
            owner="nobody",
            app=APP,
            token=token,
            timeout=30,
        )

    def find(self, collection, query=None, fields=None):
        """Every document that matches, whatever their number; `fields` limits what is sent."""
        limit = NARROW_PAGE if fields else PAGE
        options = {"limit": limit, "sort": "_key"}
        if query:
            options["query"] = json.dumps(query)
        if fields:
            options["fields"] = ",".join(fields)
        documents = []
        while True:
            try:
                page = self._read(_path(collection), skip=len(documents), **options)
            except HTTPError as error:
                raise _unavailable(error, collection) from error
            documents.extend(page)
            if len(page) < limit:
                return documents

    def newest(self, collection, query, field, count):
        """The documents that match with the highest values of a field, highest first."""
        options = {"query": json.dumps(query), "sort": field + ":-1", "limit": count}
        try:
            return self._read(_path(collection), **options)
        except HTTPError as error:
            raise _unavailable(error, collection) from error

    def get(self, collection, key):
        """The document of that key, or None."""
        try:
            return self._read(_path(collection, key))
        except HTTPError as error:
            if error.status == 404:
                return None
            raise _unavailable(error, collection) from error

    def get_many(self, collection, keys):
        """The documents of those keys that exist, by key."""
        found = {}
        for start in range(0, len(keys), KEYS_PER_QUERY):
            some = [{"_key": key} for key in keys[start : start + KEYS_PER_QUERY]]
            for document in self.find(collection, {"$or": some}):
                found[document["_key"]] = document
        return found

    def find_of(self, collection, field, values, also, fields=None):
        """Documents whose `field` is one of `values`, and that have what `also` says."""
        found = []
        for start in range(0, len(values), VALUES_PER_QUERY):
            some = [{field: value} for value in values[start : start + VALUES_PER_QUERY]]
            found += self.find(collection, dict(also, **{"$or": some}), fields)
        return found

    def insert(self, collection, document):
        """Raises DuplicateKey where the _key is taken: the claim of a version relies on it."""
        try:
            self._send(_path(collection), document)
        except HTTPError as error:
            if error.status == 409:
                raise DuplicateKey(document["_key"]) from error
            raise _unavailable(error, collection) from error

    def put(self, collection, document):
        """Inserts the document or replaces the one of its _key."""
        try:
            self._send(_path(collection, "batch_save"), [document])
        except HTTPError as error:
            raise _unavailable(error, collection) from error

    def put_many(self, collection, documents):
        """Puts documents by the thousand; a failure may leave some of them written."""
        for start in range(0, len(documents), BATCH):
            try:
                self._send(_path(collection, "batch_save"), documents[start : start + BATCH])
            except HTTPError as error:
                raise _unavailable(error, collection) from error

    def delete(self, collection, key):
        """Removes the document of that key; one that is not there is no error."""
        path = _path(collection, key)
        try:
            self._context.delete(path)
        except AuthenticationError as error:
            raise Forbidden("The session has ended; log in again.") from error
        except HTTPError as error:
            if error.status != 404:
                raise _unavailable(error, collection) from error
        except OSError as error:
            raise Unavailable(f"splunkd did not answer {path}: {error}.") from error

    def current_user(self):
        """username, roles and capabilities of the token, as splunkd tells them."""
        try:
            reply = self._read(CURRENT_CONTEXT, output_mode="json")
        except HTTPError as error:
            raise _unavailable(error, "authentication/current-context") from error
        return reply["entry"][0]["content"]

    def file_rows(self, names):
        """The rows of lookup files `<name>_file`, by name: as a search of this user reads them."""
        parts = [f'| inputlookup {name}_file | eval ciw_list="{name}"' for name in names]
        spl = parts[0] + "".join(f" | append [{part}]" for part in parts[1:])
        options = {"search": spl, "exec_mode": "oneshot", "output_mode": "json", "count": 0}
        try:
            reply = json.loads(self._context.post("search/jobs", **options).body.read())
        except AuthenticationError as error:
            raise Forbidden("The session has ended; log in again.") from error
        except HTTPError as error:
            raise _unavailable(error, "a search") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"splunkd did not answer search/jobs: {error}.") from error
        found = {name: [] for name in names}
        for row in reply.get("results") or []:
            found[row.pop("ciw_list")].append(row)
        return found

    def macro(self, name):
        """What a macro of the app is defined as, if that is a number; else None."""
        path = f"properties/macros/{quote(name, safe='')}/definition"
        try:
            found = self._read(path)
        except (HTTPError, Forbidden, Unavailable):
            # Not readable for this caller, or no number: the caller of this has a default.
            return None
        return found if isinstance(found, int) and found > 0 else None

    def _read(self, path, **options):
        try:
            return json.loads(self._context.get(path, **options).body.read())
        except AuthenticationError as error:
            raise Forbidden("The session has ended; log in again.") from error
        except HTTPError as error:
            if error.status == 404:
                raise
            raise _unavailable(error, path) from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"splunkd did not answer {path}: {error}.") from error

    def _send(self, path, document):
        try:
            self._context.post(path, headers=list(JSON_BODY), body=json.dumps(document).encode())
        except AuthenticationError as error:
            raise Forbidden("The session has ended; log in again.") from error
        except OSError as error:
            raise Unavailable(f"splunkd did not answer {path}: {error}.") from error


def _path(collection, key=None):
    """Encoded here, since a key may hold a slash; splunklib would encode plain text once more."""
    path = "storage/collections/data/" + collection
    if key is not None:
        path += "/" + quote(key, safe="")
    return UrlEncoded(path, skip_encode=True)


def _unavailable(error, what):
    if error.status == 403:
        return Forbidden(f"Your roles may not use {what}.")
    return Unavailable(f"splunkd answered {error.status} for {what}.")
