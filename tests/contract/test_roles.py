"""What the app's roles may, with everything they inherit."""

from __future__ import annotations

import pytest

from lab.home import Home
from tests.contract.repository import ROOT

ROLES = ("ciw_viewer", "ciw_l1", "ciw_l2", "ciw_admin")


@pytest.fixture(scope="module")
def roles(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home")).app(ROOT).roles


@pytest.mark.parametrize("name", ROLES)
def test_a_role_reads_the_apps_indexes_only(roles, name):
    """An inherited srchIndexesAllowed = * would add to the list, and void it."""
    assert roles[name].indexes and not [index for index in roles[name].indexes if "*" in index]


@pytest.mark.parametrize("name", ROLES)
def test_no_role_writes_into_an_index(roles, name):
    """collect would let a reader invent operations, which the detections believe."""
    assert not roles[name].capabilities & {"run_collect", "run_mcollect"}


@pytest.mark.parametrize("name", ROLES[:3])
def test_analysts_write_no_lookup(roles, name):
    assert "output_file" not in roles[name].capabilities
