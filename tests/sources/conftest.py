"""The AWS stand-in, one server for all tests, emptied before each."""

from __future__ import annotations

import pytest

from lab.clouds.aws import AwsStandIn


@pytest.fixture(scope="session")
def aws_server():
    with AwsStandIn() as server:
        yield server


@pytest.fixture
def aws(aws_server):
    aws_server.reset()
    return aws_server
