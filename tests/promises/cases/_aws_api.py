"""What the inputs that ask AWS's APIs have in common."""

from __future__ import annotations

import json
from typing import ClassVar

from lab.clouds.aws_api import AwsApi
from tests.promises.cases._base import CloudCase

CANARY = "canary-aws-secret-access-key-7c1d"


class ApiCase(CloudCase):
    """`stand_in` speaks AWS's protocols; keys of the environment, or those that are stored."""

    canary = CANARY
    secrets: ClassVar[dict] = {
        ("ciw_aws", "reader"): json.dumps(
            {"access_key_id": "AKIAEXAMPLEOFTHECASE", "secret_access_key": CANARY}
        )
    }
    stored: ClassVar[dict] = {"credential": "reader"}
    without: ClassVar[dict] = {
        "gzip bomb": "the SDK asks AWS's APIs for no compression (Accept-Encoding: identity)",
        "truncated gzip": "the SDK asks AWS's APIs for no compression (Accept-Encoding: identity)",
    }
    stand_in: AwsApi

    def close(self) -> None:
        super().close()
        assert self.stand_in.violations == []
