"""Stand-ins of Google's APIs, held to the official schemas.

Google describes each API in a discovery document; those of all APIs come with the development
dependency google-api-python-client. A stand-in names the API and answers methods by their id; every
request is checked against the document before it is answered, and every answer before it is sent,
so that neither the input nor the stand-in can drift from the real API.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import googleapiclient
from jsonschema import Draft7Validator

from lab.clouds.google_tokens import GoogleTokens
from lab.clouds.stand_in import Request, Response

_DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_NUMBERS = {"int64": r"-?\d+", "uint64": r"\d+"}
# Parameters of every method, beside those of the document's own `parameters`.
_GENERAL = ("alt", "prettyPrint", "fields", "key", "quotaUser", "$.xgafv", "$alt")


@lru_cache
def document(api: str, version: str) -> dict[str, Any]:
    """The discovery document of an API, such as ("pubsub", "v1")."""
    return json.loads((_DOCUMENTS / f"{api}.{version}.json").read_text("utf-8"))


@lru_cache
def _methods(api: str, version: str) -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    found = []
    root = document(api, version)

    def walk(resources: dict[str, Any]) -> None:
        for resource in resources.values():
            for method in resource.get("methods", {}).values():
                path = root["servicePath"] + method.get("flatPath", method["path"])
                found.append((method["httpMethod"], _pattern(path), method))
            walk(resource.get("resources", {}))

    walk(root["resources"])
    return found


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{\+?(\w+)\}", path)
    text = "".join(
        f"(?P<{piece}>[^/]+)" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.compile("/" + text)


@lru_cache
def _validator(api: str, version: str, schema: str) -> Draft7Validator:
    schemas = document(api, version)["schemas"]
    definitions = {name: _json_schema(body) for name, body in schemas.items()}
    return Draft7Validator({"definitions": definitions, "$ref": f"#/definitions/{schema}"})


def _json_schema(body: dict[str, Any]) -> dict[str, Any]:
    """A discovery schema as JSON Schema; unknown members are errors, as Google's APIs have it."""
    if "$ref" in body:
        return {"$ref": "#/definitions/" + body["$ref"]}
    kind = body.get("type", "any")
    made: dict[str, Any] = {} if kind == "any" else {"type": kind}
    if kind == "object":
        members = body.get("properties", {})
        made["properties"] = {name: _json_schema(member) for name, member in members.items()}
        extra = body.get("additionalProperties")
        made["additionalProperties"] = _json_schema(extra) if extra else not members
    elif kind == "array":
        made["items"] = _json_schema(body["items"])
    elif kind == "string" and body.get("format") in _NUMBERS:
        made["pattern"] = f"^{_NUMBERS[body['format']]}$"
    elif kind == "string" and "enum" in body:
        made["enum"] = body["enum"]
    return made


class Contradiction(AssertionError):
    """The stand-in itself answered what the API's schema does not allow."""


class GoogleStandIn(GoogleTokens):
    """`methods` maps a method's id, such as pubsub.projects.subscriptions.pull, to its answer: a
    function of (parameters, body) that gives the answer's body. `apis`: (name, version) pairs.

    Parameters that may be repeated are lists. `environment` leads google-auth to this for the
    metadata server, and the input to each API.
    """

    apis: tuple[tuple[str, str], ...] = ()

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.methods: dict[str, Callable[[dict[str, Any], Any], Any]] = {}

    @property
    def environment(self) -> dict[str, str]:
        host = self.url.partition("//")[2]
        services = {f"CIW_ENDPOINT_GOOGLE_{api.upper()}": self.url for api, _ in self.apis}
        return {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host, **services}

    def answer(self, request: Request) -> Response:
        for api, version in self.apis:
            for verb, pattern, method in _methods(api, version):
                match = pattern.fullmatch(request.path)
                if match and verb == request.method and method["id"] in self.methods:
                    return self._call(api, version, method, match.groupdict(), request)
        return super().answer(request)

    def _call(
        self, api: str, version: str, method: dict[str, Any], found: dict[str, str], request: Request
    ) -> Response:
        expires = self.tokens.get(request.bearer)
        if expires is None or expires < self.clock():
            return self.error(401, "UNAUTHENTICATED", "the token is not valid")
        problem = _wrong_query(api, version, method, request.query)
        body = request.document
        if not problem and "request" in method:
            problem = _problem(api, version, method["request"]["$ref"], body or {})
        if problem:
            return self.error(400, "INVALID_ARGUMENT", problem)
        parameters: dict[str, Any] = {**request.query}
        for name, parameter in method.get("parameters", {}).items():
            if parameter.get("repeated"):
                parameters[name] = request.repeated.get(name, [])
        parameters.update((name, unquote(value)) for name, value in found.items())
        answer = self.methods[method["id"]](parameters, body)
        if isinstance(answer, Response):
            return answer
        wrong = _problem(api, version, method["response"]["$ref"], answer)
        if wrong:
            raise Contradiction(f"{method['id']}: {wrong}")
        return Response(answer)


def _wrong_query(api: str, version: str, method: dict[str, Any], query: dict[str, str]) -> str:
    known = {
        name: parameter
        for name, parameter in method.get("parameters", {}).items()
        if parameter["location"] == "query"
    }
    general = {*document(api, version).get("parameters", {}), *_GENERAL}
    for name in query:
        if name not in known and name not in general:
            return f"{method['id']} takes no parameter {name}"
    for name, parameter in known.items():
        if parameter.get("required") and name not in query:
            return f"{method['id']} needs the parameter {name}"
        if name in query and "enum" in parameter and query[name] not in parameter["enum"]:
            return f"{method['id']}: {name} is none of {parameter['enum']}"
        if name in query and parameter["type"] == "integer" and not query[name].isdecimal():
            return f"{method['id']}: {name} is no whole number"
    return ""


def _problem(api: str, version: str, schema: str, body: Any) -> str:
    for error in _validator(api, version, schema).iter_errors(body):
        place = "/".join(str(part) for part in error.absolute_path)
        return f"{schema}/{place}: {error.message}"[:300]
    return ""
