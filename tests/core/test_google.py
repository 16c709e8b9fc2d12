"""Tokens of Google on each way, against stand-ins; paces; secrets that stay where they are."""

from __future__ import annotations

import io
import json
import threading
from types import SimpleNamespace

import pytest
from ciw.errors import AuthError, InvalidArgument, ShardError, Stopped
from ciw.google import Google, Pace, check
from ciw.log import Log
from google.auth.compute_engine import _metadata

from lab.clouds.google_pubsub import PubSub

NAME = "projects/example-project/subscriptions/audit"


@pytest.fixture
def service(monkeypatch):
    with PubSub() as made:
        made.subscription(NAME)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        # google-auth reads the server's name once, when it is first imported.
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", made.url.partition("//")[2])
        yield made


def context(document=None, **arguments):
    log = io.StringIO()
    return SimpleNamespace(
        arguments={"authentication": "metadata_server", "credential": "reader", **arguments},
        log=Log(log, level="DEBUG"),
        written=log,
        stop=threading.Event(),
        count=lambda name, number: None,
        splunkd=SimpleNamespace(secret=lambda realm, name: json.dumps(document))
        if document else None,
    )


def pull(google):
    url = f"{google.url('pubsub')}/v1/{NAME}:pull"
    return google.http.json("POST", url, body={"maxMessages": 1})


def test_the_metadata_server_gives_the_token(service):
    assert pull(Google(context())) == {}
    assert any("computeMetadata" in call.request.path for call in service.calls)


def test_a_service_account_key_signs_for_the_token(service):
    key = service.key()
    given = context(key, authentication="service_account_key")
    assert pull(Google(given)) == {}
    assert not any("computeMetadata" in call.request.path for call in service.calls)
    assert sum(call.request.path == "/token" for call in service.calls) == 1
    given.log.info("said", text=key["private_key"], id=key["private_key_id"])
    assert "PRIVATE KEY" not in given.written.getvalue()
    assert key["private_key_id"] not in given.written.getvalue()


@pytest.mark.parametrize("impersonate", [False, True])
def test_a_federated_identity_trades_its_token(service, tmp_path, impersonate):
    file = tmp_path / "token"
    file.write_text("the-subject-token", "utf-8")
    document = service.federation(str(file), "the-subject-token", impersonate)
    assert pull(Google(context(document, authentication="workload_identity_federation"))) == {}
    paths = [call.request.path for call in service.calls]
    assert paths.count("/v1/token") == 1
    assert any("generateAccessToken" in path for path in paths) is impersonate


def test_a_token_that_is_not_taken_is_renewed_once(service):
    google = Google(context())
    assert pull(google) == {}
    service.tokens.clear()
    assert pull(google) == {}
    assert [call.status for call in service.calls if call.request.path.endswith(":pull")] \
        == [200, 401, 200]
    service.fault("status", status=401, path=".*:pull", times=9)
    with pytest.raises(AuthError, match="401"):
        pull(google)
    assert len([call for call in service.calls if call.status == 401]) == 3


def without(key, *names, **more):
    return {**{name: value for name, value in key.items() if name not in names}, **more}


def test_what_cannot_be_a_credential_is_an_error_of_authentication(service, tmp_path):
    key = service.key()
    federation = service.federation(str(tmp_path / "absent"), "x")
    other_key = service.key("other@stand-in.iam.gserviceaccount.com")["private_key"]
    for document, method, said in (
        (["list"], "service_account_key", "has no type"),
        ({"type": "authorized_user"}, "service_account_key", "'authorized_user'"),
        (key, "workload_identity_federation", "'service_account'"),
        (without(key, "client_email"), "service_account_key", "client_email"),
        (without(key, private_key="no key"), "service_account_key", "a token of Google"),
        (without(key, private_key=other_key), "service_account_key", "Invalid JWT Signature"),
        (without(key, token_uri="https://collect.example/token"), "service_account_key",
         "googleapis.com"),
        (without(key, token_uri="http://oauth2.googleapis.com/token"), "service_account_key",
         "https"),
        (federation, "workload_identity_federation", "absent"),
        (without(federation, token_url="https://sts.googleapis.com.example/x"),
         "workload_identity_federation", "token_url"),
        (without(federation, credential_source={"executable": {"command": "/bin/true"}}),
         "workload_identity_federation", "no program"),
    ):
        given = context(document, authentication=method)
        with pytest.raises(AuthError) as raised:
            pull(Google(given))
        assert said in str(raised.value), said
        assert "PRIVATE KEY" not in str(raised.value)


def test_pages_that_are_too_large_are_asked_for_in_parts(service):
    google, asked = Google(context()), []

    def answer(method, url, query, body, what):
        asked.append((query["pageSize"], query.get("pageToken", "")))
        if query["pageSize"] > 2:
            raise ShardError("the answer is larger than 67108864 bytes")
        return {} if "pageToken" in query else {"nextPageToken": "t"}

    google.http.json = answer
    assert len(list(google.listing("GET", "http://x", {"pageSize": 10}, "things"))) == 2
    assert asked == [(10, ""), (5, ""), (2, ""), (2, "t")]
    google.http.json = lambda *_, **more: (_ for _ in ()).throw(ShardError("too large"))
    with pytest.raises(ShardError):
        list(google.listing("GET", "http://x", {"pageSize": 10}, "things"))


def test_a_stored_credential_needs_splunkd(service):
    with pytest.raises(AuthError, match="server_uri"):
        pull(Google(context(authentication="service_account_key")))


def test_a_method_needs_its_credential():
    with pytest.raises(InvalidArgument, match="credential is required"):
        check({"authentication": "service_account_key", "credential": ""})
    check({"authentication": "metadata_server", "credential": ""})


def test_a_pace_lets_a_burst_through_and_then_one_after_the_other():
    clock, waited = [0.0], []

    def wait(seconds):
        waited.append(seconds)
        clock[0] += seconds
        return len(waited) > 3

    pace = Pace(SimpleNamespace(stop=SimpleNamespace(wait=wait)), 60, lambda: clock[0])
    for _ in range(60):
        pace.wait()
    assert waited == []
    for _ in range(3):
        pace.wait()
    assert waited == pytest.approx([1, 1, 1])
    with pytest.raises(Stopped):
        pace.wait()
