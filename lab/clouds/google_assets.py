"""Cloud Asset Inventory and IAM's roles on this machine: assets.list as of a moment, roles.get."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from lab.clouds.google_discovery import GoogleStandIn
from lab.clouds.stand_in import Response

_CONTENT = {"RESOURCE": "resource", "IAM_POLICY": "iamPolicy"}
_KEPT = 35 * 86400


class Assets(GoogleStandIn):
    """`assets` by scope, each with resource, iamPolicy or both; one with `updateTime` is there
    from then on. `roles` are the permissions of each role that can be read."""

    apis = (("cloudasset", "v1"), ("iam", "v1"))
    page_size = 1000

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.assets: dict[str, list[dict[str, Any]]] = {}
        self.roles: dict[str, list[str]] = {}
        self.round = 0
        """Tokens of an earlier round are not taken any more."""
        self.methods["cloudasset.assets.list"] = self._list
        for kind in ("roles", "projects.roles", "organizations.roles"):
            self.methods[f"iam.{kind}.get"] = self._role

    def _list(self, parameters: dict[str, Any], body: Any) -> dict[str, Any] | Response:
        scope = f"{parameters['v1Id']}/{parameters['v1Id1']}"
        moment = parameters.get("readTime", _text(self.clock()))
        if not _text(self.clock() - _KEPT) <= moment <= _text(self.clock()):
            return self.error(400, "INVALID_ARGUMENT", "readTime is not within the last 35 days")
        size = int(parameters.get("pageSize", 100))
        if not 1 <= size <= 1000:
            return self.error(400, "INVALID_ARGUMENT", "pageSize is not within 1 and 1000")
        content = _CONTENT.get(parameters.get("contentType", ""), "")
        found = [
            {key: value for key, value in asset.items() if key not in _CONTENT.values() or
             key == content}
            for asset in self.assets.get(scope, ())
            if asset.get("updateTime", "") <= moment
            and (not content or content in asset)
            and any(re.fullmatch(each, asset["assetType"]) for each in parameters["assetTypes"])
        ]
        given, _, start = parameters.get("pageToken", f"{self.round}-0").partition("-")
        if given != str(self.round):
            return self.error(400, "INVALID_ARGUMENT", "the page token has expired")
        end = int(start) + min(size, self.page_size)
        answer: dict[str, Any] = {"readTime": moment}
        if found[int(start) : end]:
            answer["assets"] = found[int(start) : end]
        if end < len(found):
            answer["nextPageToken"] = f"{self.round}-{end}"
        return answer

    def _role(self, parameters: dict[str, Any], body: Any) -> dict[str, Any] | Response:
        parts = [f"roles/{parameters['rolesId']}"]
        for kind in ("projects", "organizations"):
            if kind + "Id" in parameters:
                parts.insert(0, f"{kind}/{parameters[kind + 'Id']}")
        name = "/".join(parts)
        if name not in self.roles:
            return self.error(403, "PERMISSION_DENIED", f"iam.roles.get denied on {name}")
        return {"name": name, "stage": "GA", "includedPermissions": self.roles[name]}


def _text(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
