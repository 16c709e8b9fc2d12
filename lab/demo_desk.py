"""What the demo's analysts have already done, through the app's own REST handler."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

# (end of the principal's name, [(analyst, verb, what goes with it)]); roles are the users' names.
Step = tuple[str, str, dict[str, str]]
DECISIONS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("user/svc-backup-sync", (
        ("ciw_l1", "acknowledge", {}),
        ("ciw_l1", "note", {"note": "Asked the platform team whether they know this user."}))),
    ("role/build-agent", (
        ("ciw_l1", "acknowledge", {}),
        ("ciw_l1", "answer", {
            "question": "listed_in_change", "answer": "no",
            "note": "The platform team's calendar has nothing for this account today."}),
        ("ciw_l1", "escalate", {
            "reason": "Logging was stopped from an unknown address and two instances were launched"
                      " right after; nobody on the platform team planned it."}),
        ("ciw_l2", "contain", {
            "reason": "Role sessions revoked, both instances moved to an isolated security group,"
                      " the trail is recreated."}))),
    ("user/ci-test-runner", (
        ("ciw_l1", "acknowledge", {}),)),
    ("user-0163@example.com", (
        ("ciw_l1", "acknowledge", {}),
        ("ciw_l1", "note", {
            "note": "The help desk reset this administrator's sign-in an hour before; asked the"
                    " administrator by telephone, who knows of no reset."}),
        ("ciw_l1", "escalate", {
            "reason": "Account taken over through the help desk; it made machines in a region that"
                      " nobody uses and gave itself the role Owner."}))),
    ("sync-worker@example-development.iam.gserviceaccount.com", (
        ("ciw_l1", "acknowledge", {}),
        ("ciw_l1", "escalate", {
            "reason": "A service account of today runs GPU instances in several regions, which"
                      " speak to a mining pool."}),
        ("ciw_l2", "contain", {
            "reason": "Keys of both service accounts disabled, the instances stopped, their disks"
                      " kept."}))),
    ("Engineer_1b2c3d4e5f607182", (
        ("ciw_l1", "answer", {
            "question": "listed_in_change", "answer": "yes",
            "note": "CHG0090003 is for this instance; the tag was forgotten."}),
        ("ciw_l1", "close", {
            "disposition": "benign",
            "reason": "First instance of a new engineer, agreed in CHG0090003."}))),
    ("role/platform-deploy", (
        ("ciw_l1", "close", {
            "disposition": "benign",
            "reason": "The old trail was retired under CHG0090002; the organisation's trail"
                      " records on."}),)),
    ("AWSServiceRoleForEC2Spot", (
        ("ciw_l1", "acknowledge", {}),
        ("ciw_l1", "close", {
            "disposition": "false_positive",
            "reason": "The web platform switched a scaling group to Spot; asked that the role be"
                      " added to the approved creators."}))),
)


class Refused(Exception):
    """A request that splunkd's stand-in or the app's handler refused, with its words."""


class Client:
    """One user's session on the lab's splunkd, as an automation would hold it."""

    def __init__(self, url: str, app: str, name: str, password: str):
        self._below = f"{url}/servicesNS/nobody/{app}"
        login = urllib.parse.urlencode({"username": name, "password": password}).encode()
        answer = _send(urllib.request.Request(f"{url}/services/auth/login", login))
        token = re.search(r"<sessionKey>([^<]+)</sessionKey>", answer)
        if token is None:
            raise Refused(f"the login of {name} gives no session key")
        self._headers = {"Authorization": f"Splunk {token[1]}", "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        return json.loads(_send(urllib.request.Request(f"{self._below}/{path}",
                                                       headers=self._headers)))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return json.loads(_send(urllib.request.Request(
            f"{self._below}/{path}", json.dumps(body).encode(), self._headers)))


def _send(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        raise Refused(f"{request.full_url} answers {error.code}: {error.read().decode()}") from error


def decide(url: str, app: str, users: dict[str, str]) -> list[str]:
    """Carries DECISIONS out on the open cases there are. Returns a sentence for each case."""
    clients = {name: Client(url, app, name, users[name]) for name in ("ciw_l1", "ciw_l2")}
    open_cases = clients["ciw_l1"].get("ciw_triage/queue?count=200")["cases"]
    said = []
    for principal, steps in DECISIONS:
        for row in open_cases:
            users_of = row["case"].get("user") or ""
            names = users_of if isinstance(users_of, list) else [users_of]
            if not any(name.endswith(principal) for name in names):
                continue
            version, case_id = row["state"]["version"], row["case"]["case_id"]
            for analyst, verb, values in steps:
                change = {"case_id": case_id, "version": version, "verb": verb, **values}
                version = clients[analyst].post("ciw_triage/case", change)["state"]["version"]
            said.append(f"{principal}: {', '.join(verb for _, verb, _ in steps)}")
    return said
