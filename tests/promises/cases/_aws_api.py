"""What the inputs that ask AWS's APIs have in common."""

from __future__ import annotations

from typing import ClassVar

from lab.clouds.aws_api import AwsApi
from tests.promises.cases._base import CloudCase


class ApiCase(CloudCase):
    """`stand_in` speaks AWS's protocols."""

    without: ClassVar[dict] = {
        "gzip bomb": "the SDK asks AWS's APIs for no compression (Accept-Encoding: identity)",
        "truncated gzip": "the SDK asks AWS's APIs for no compression (Accept-Encoding: identity)",
    }
    stand_in: AwsApi

    def close(self) -> None:
        super().close()
        assert self.stand_in.violations == []
