import pytest

from tests.triage.splunkd import Splunkd, case

ROLES = {
    "vera": "ciw_viewer",
    "lena": "ciw_l1",
    "leo": "ciw_l1",
    "tina": "ciw_l2",
    "ada": "ciw_admin",
}


@pytest.fixture
def splunkd():
    """One new case (…01), and a user of each role named as in ROLES, a stranger too."""
    fake = Splunkd()
    for name, role in ROLES.items():
        fake.user(name, role)
    fake.user("stranger", "user")
    fake.add("ciw_cases", case(1))
    return fake
