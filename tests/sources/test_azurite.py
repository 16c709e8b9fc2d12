"""The storage inputs against Azurite, Microsoft's own emulator: an independent check of both the
inputs and our stand-in of the Blob service."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
from ciw import azure_blobs
from ciw.azure_blobs import Blob, BlobGone, BlobShorter, Container
from ciw.errors import Retriable
from ciw.http import Http, Refused

from lab.clouds.azure_storage import AUDIENCE, AzureStorage
from lab.clouds.azure_tokens import Token
from tests.promises.cases.azure_activity_storage import CONTAINER as ACTIVITY
from tests.promises.cases.azure_activity_storage import SUBSCRIPTIONS, blob_name
from tests.promises.cases.azure_network_logs import CONTAINER as FLOWS
from tests.promises.cases.azure_network_logs import RESOURCE
from tests.sources.azurite import ACCOUNT, Azurite, web_token
from tests.sources.runner import configuration, run
from tests.sources.test_azure_blobs import CLOSING, HEAD, record


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    emulator = Azurite(tmp_path_factory.mktemp("azurite"))
    yield emulator
    emulator.close()


def read(azurite, directory, scheme, **stanza):
    parameters = {
        "checkpoint": "file", "index": "example", "storage_accounts": ACCOUNT, **stanza
    }
    outcome = run(configuration(directory, parameters, scheme=scheme), azurite.environment)
    assert outcome.status == 0 and outcome.counts["failed"] == 0, outcome.log
    return outcome


def ports(outcome) -> list[int]:
    return [json.loads(text)["src_port"] for text in outcome.of("mscs:vnet:flow")]


def test_block_blobs_that_grow_are_replaced_and_vanish(azurite, tmp_path):
    azurite.make_container(FLOWS)
    now = time.time()
    name = blob_name(RESOURCE, now, "macAddress=000D3AF87856")
    past = blob_name(RESOURCE, now - 7200, "macAddress=000D3AF87856")
    blocks = [HEAD, record(1), CLOSING]
    azurite.write_blocks(FLOWS, name, blocks, 0)
    azurite.write_blocks(FLOWS, past, [HEAD, record(1000, 1), CLOSING], 0)
    assert sorted(ports(read(azurite, tmp_path, "azure_network_logs"))) == [1, 2, 3, 1000]
    assert ports(read(azurite, tmp_path, "azure_network_logs")) == []
    blocks[2:] = [b"," + record(10), CLOSING]
    azurite.write_blocks(FLOWS, name, blocks, 2)
    assert ports(read(azurite, tmp_path, "azure_network_logs")) == [10, 11, 12]
    azurite.delete(FLOWS, name)
    assert ports(read(azurite, tmp_path, "azure_network_logs")) == []
    azurite.write_blocks(FLOWS, name, [HEAD, record(20, 1), CLOSING], 0)
    outcome = read(azurite, tmp_path, "azure_network_logs")
    assert ports(outcome) == [20] and "event=blob_replaced" in outcome.log


def test_append_blobs_that_grow(azurite, tmp_path):
    azurite.make_container(ACTIVITY)
    now = time.time()
    lines = [b'{"time":"2026-01-05T09:00:00Z","n":%d}\r\n' % number for number in range(6)]
    for number, subscription in enumerate(SUBSCRIPTIONS):
        folder = "resourceId=/SUBSCRIPTIONS/" + subscription.upper()
        azurite.append(ACTIVITY, blob_name(folder, now), lines[number])
        azurite.append(ACTIVITY, blob_name(folder, now - 7200), lines[2 + number])
    stanza = {"mode": "storage", "subscriptions": SUBSCRIPTIONS[0]}

    def numbers(outcome):
        return [json.loads(text)["n"] for text in outcome.of("azure:monitor:activity")]

    assert numbers(read(azurite, tmp_path, "azure_activity", **stanza)) == [2, 0]
    azurite.append(ACTIVITY, blob_name(folder, now), lines[4])
    del stanza["subscriptions"]
    assert numbers(read(azurite, tmp_path, "azure_activity", **stanza)) == [3, 1, 4]


def test_a_container_that_is_missing_is_said(azurite, tmp_path):
    parameters = {
        "checkpoint": "file", "index": "example", "storage_accounts": ACCOUNT, "flow_logs": "nsg"
    }
    document = configuration(tmp_path, parameters, scheme="azure_network_logs")
    outcome = run(document, azurite.environment)
    assert outcome.counts["failed"] == 1
    assert "ContainerNotFound" in outcome.log and "switched on" in outcome.log


class Client:
    """What a container needs of the run's Azure client, with a token at hand."""

    def __init__(self, base: str, token: str):
        log = SimpleNamespace(
            redactor=SimpleNamespace(register=lambda secret: None), debug=lambda *_, **__: None
        )
        stop = SimpleNamespace(wait=lambda seconds: True)
        context = SimpleNamespace(
            log=log, stop=stop, count=lambda *_: None, arguments={}
        )
        self._base = base
        self._http = Http(context, lambda renew: token)

    def url(self, service: str, account: str) -> str:
        return f"{self._base}/{account}"

    def http(self, service: str) -> Http:
        return self._http


def behaviour(container: Container) -> list:
    """What the Blob service says to everything that the inputs ask, faults of ours included."""
    said: list = []
    for prefix, delimiter in (("", ""), ("a", ""), ("", "/"), ("a/", "/"), ("none", "")):
        pages = list(container.listing(prefix, delimiter))
        said.append([(len(page.blobs), page.folders) for page in pages])
        said += [(blob.name, blob.size) for page in pages for blob in page.blobs]
        assert all(blob.etag and blob.modified for page in pages for blob in page.blobs)
    blob = next(container.listing("a/1")).blobs[0]
    # Exactly at the end the service refuses, Azurite does not; the inputs never ask there.
    for start in (0, 3, blob.size - 1, blob.size + 9):
        try:
            pieces = list(container.read(blob, start))
            assert {etag.strip('"') for _, etag in pieces} == {blob.etag}
            said.append(b"".join(content for content, _ in pieces))
        except BlobShorter:
            said.append("shorter")
    for missing in (Blob("a/none", "", 1, 0), Blob("z/ü &<", "", 1, 0)):
        try:
            said.append(next(container.read(missing, 0))[0])
        except BlobGone:
            said.append("gone")
    return said


def test_the_stand_in_says_what_azurite_says(azurite, monkeypatch):
    monkeypatch.setattr(azure_blobs, "_NAMES", 2)
    monkeypatch.setattr(azure_blobs, "RANGE", 4)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(azurite.certificate))
    names = ["a/1", "a/2", "a/3/x", "a/3/y", "a/4", "b", "c/y=2026/z", "z/ü &<"]
    with AzureStorage() as own:
        azurite.make_container("compare")
        for name in names:
            azurite.append("compare", name.replace("ü &", "%C3%BC%20%26"), b"0123456789")
            own.append(ACCOUNT, "compare", name, b"0123456789")
        own.tokens["t"] = Token(AUDIENCE, time.time() + 60)
        theirs = Container(Client(azurite.url, web_token(AUDIENCE)), ACCOUNT, "compare")
        ours = Container(Client(own.url, "t"), ACCOUNT, "compare")
        expected = behaviour(theirs)
        assert behaviour(ours) == expected and b"0123456789" in expected
        for container, write in ((theirs, azurite.append), (ours, own_append(own))):
            reading = container.read(Blob("b", "", 10, 0), 0)
            next(reading)
            write("compare", "b", b"more")
            with pytest.raises(Retriable, match="ConditionNotMet"):
                next(reading)
        other = Container(Client(azurite.url, web_token("https://graph.microsoft.com")),
                          ACCOUNT, "compare")
        with pytest.raises(Refused) as refused:
            next(other.listing())
        assert refused.value.status == 403


def own_append(own: AzureStorage):
    return lambda container, name, content: own.append(ACCOUNT, container, name, content)
