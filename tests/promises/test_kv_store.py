"""Every input while splunkd's KV store is slow, down at the start, or goes down midway (I2, I4)."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.clouds.stand_in import Request, Response
from tests.faults.splunkd import Splunkd
from tests.promises.conftest import Input


class WithPasswords(Splunkd):
    """`passwords` by the path of their entries in storage/passwords."""

    def __init__(self, directory, secrets):
        super().__init__(directory)
        self.passwords = {f"{realm}:{name}:": text for (realm, name), text in secrets.items()}

    def answer(self, request: Request) -> Response:
        _, found, name = request.path.partition("/storage/passwords/")
        if not found:
            return super().answer(request)
        password = self.passwords[name.replace("%3A", ":")]
        return Response({"entry": [{"content": {"clear_password": password}}]})


@pytest.mark.faults("KV store down at the start", "KV store down midway", "KV store slow")
def test_a_kv_store_in_trouble_costs_nothing(case, tmp_path):
    with WithPasswords(tmp_path / "kv", case.secrets) as splunkd:
        where = {"server_uri": splunkd.url, "session_key": splunkd.key}
        (tmp_path / "member").mkdir()
        one = Input(case, tmp_path / "member", where)
        wanted = case.put(12)

        def down():
            splunkd.kv.down = True

        def fails(trouble):
            splunkd.let_time_pass()
            trouble()
            outcome = one.hurry(checkpoint="kvstore")
            assert outcome.status == 2, outcome.log
            assert "the KV store is down or starting" in outcome.log
            splunkd.kv.down = False
            return outcome

        assert fails(down).events == []
        fails(lambda: splunkd.after_saves(1, down))
        splunkd.delay = 0.05
        wanted += case.put(6)
        for _ in range(2):
            case.pass_time(400)
            splunkd.let_time_pass()
            outcome = one.hurry(checkpoint="kvstore")
            assert outcome.status == 0, outcome.log
        assert one.received() == Counter(wanted), one.log
        assert case.remaining() == 0
