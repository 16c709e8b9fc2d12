import pytest

from tests.triage.splunkd import Splunkd, case

PASSWORD = "for-tests-only"

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


@pytest.fixture(scope="module")
def server(tmp_path_factory, app_root):
    """The lab's splunkd with the app, its collections empty: `.url`, `.system_token`, `.kv`."""
    import lab.server
    from lab.home import Home

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_PASSWORD", PASSWORD)
        home = Home(tmp_path_factory.mktemp("home"))
        app = home.app(app_root)
        with lab.server.start(home, app, engine=object()) as running:
            running.kv = home.kv
            yield running


@pytest.fixture(scope="module")
def login(server):
    """A session of splunklib for one of the lab's users."""
    from splunklib import binding

    def connect(user):
        return binding.connect(
            scheme="http", host="127.0.0.1", port=server.port, username=user, password=PASSWORD,
            owner="nobody", app="cloud_instance_watch", autologin=False,
        )  # fmt: skip

    return connect
