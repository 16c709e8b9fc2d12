"""iplocation over a small database in MaxMind's format; and the writer that makes it."""

from __future__ import annotations

import ipaddress

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.app import App
from lab.mmdb import write
from lab.places import ASHBURN, PLACES, SINGAPORE, write_places
from lab.spl.errors import SPLError

BARE = {"country": {"iso_code": "IE", "names": {"en": "Ireland", "de": "Irland"}}}


@pytest.fixture
def located(bench):
    write_places(bench.home.path)
    return bench


def one(bench, command: str, **fields: str) -> dict:
    values = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    (row,) = bench.rows(f"| makeresults | eval {values} | fields - _time | {command}")
    return row


def test_the_place_of_an_address(located):
    assert one(located, "iplocation src", src="198.51.100.7") == {
        "src": "198.51.100.7", "City": "Ashburn", "Country": "United States", "Region": "Virginia",
        "lat": "39.0437", "lon": "-77.4875"}
    assert one(located, "iplocation prefix=src_ allfields=true src | fields src_*",
               src="2001:db8:8000::1") == {
        "src_City": "Singapore", "src_Country": "Singapore", "src_Region": "Central Singapore",
        "src_lat": "1.2897", "src_lon": "103.8501", "src_Continent": "Asia", "src_MetroCode": "",
        "src_Timezone": "Asia/Singapore"}


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.0.1", "fe80::1", "ec2.amazonaws.com", ""])
def test_what_has_no_place_gets_no_fields(located, address):
    assert one(located, "iplocation src", src=address) == {"src": address}


def test_a_subnet_and_a_number_behind_it(located):
    assert one(located, "iplocation src | fields City", src="203.0.113.128/25") == {
        "City": "São Paulo"}
    assert one(located, "iplocation src | where lat > 50 | fields Country", src="192.0.2.9") == {
        "Country": "Ireland"}


def test_a_place_goes_over_the_events_own_field_and_nothing_does_not(located):
    assert one(located, "iplocation src | fields City", src="192.0.2.9", City="x") == {
        "City": "Dublin"}
    assert one(located, "iplocation src | fields City", src="10.0.0.1", City="x") == {"City": "x"}


def test_events_are_searched_by_place_without_a_word_about_missing_fields(located):
    located.add({"t": 1, "src": "203.0.113.5"}, {"t": 2, "src": "192.0.2.1"}, {"t": 3})
    result = located.search("search index=audit | iplocation src | search Country=Singapore"
                            " | stats count by City")
    assert result.rows == [{"City": "Singapore", "count": "1"}] and result.messages == []


def test_languages_and_codes(bench):
    write(bench.home.path / "iplocation.mmdb", {"192.0.2.0/24": BARE}, "Test-Country")
    assert one(bench, "iplocation lang=de src", src="192.0.2.1") == {
        "src": "192.0.2.1", "Country": "Irland", "City": "", "Region": "", "lat": "", "lon": ""}
    assert one(bench, "iplocation lang=code src | fields Country", src="192.0.2.1") == {
        "Country": "IE"}
    with pytest.raises(SPLError, match="no names in 'fr'"):
        one(bench, "iplocation lang=fr src", src="192.0.2.1")


def test_the_database_that_limits_conf_names(bench, tmp_path):
    write(tmp_path / "other.mmdb", {"192.0.2.0/24": ASHBURN}, "Other-City")
    bench.home.conf_dir.joinpath("limits.conf").write_text(
        f"[iplocation]\ndb_path = {tmp_path / 'other.mmdb'}\n")
    bench.app = App(bench.app.path, bench.home.conf_dir)
    assert one(bench, "iplocation src | fields City", src="192.0.2.1") == {"City": "Ashburn"}
    bench.home.conf_dir.joinpath("limits.conf").write_text("[iplocation]\ndb_path = x.mmdb\n")
    bench.app = App(bench.app.path, bench.home.conf_dir)
    with pytest.raises(SPLError, match="not absolute"):
        one(bench, "iplocation src", src="192.0.2.1")


def test_without_a_database_only_the_documentation_s_ranges_have_places(bench):
    assert one(bench, "iplocation src | fields Country", src="192.0.2.1") == {"Country": "Ireland"}
    assert one(bench, "iplocation src | fields Country", src="8.8.8.8") == {}


def test_bad_databases_are_refused_with_what_to_supply(bench):
    path = bench.home.path / "iplocation.mmdb"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"no database")
    with pytest.raises(SPLError, match="cannot be read"):
        one(bench, "iplocation src", src="192.0.2.1")
    write(path, {"192.0.2.0/24": {"autonomous_system_number": 64496}}, "Test-ASN")
    with pytest.raises(SPLError, match="tells no places"):
        one(bench, "iplocation src", src="192.0.2.1")


def test_a_database_that_breaks_off_is_refused(located):
    path = located.home.path / "iplocation.mmdb"
    start = path.read_bytes().index(b"Ashburn") - 1  # the control byte of the text
    data = bytearray(path.read_bytes())
    data[start] = 0xE0 | 29  # a map that is longer than the data section
    data[start + 1] = 0xFF
    path.write_bytes(data)
    with pytest.raises(SPLError, match=r"broken where it tells of 198\.51\.100\.7"):
        one(located, "iplocation src", src="198.51.100.7")


def test_several_addresses_in_a_field_are_refused(located):
    with pytest.raises(SPLError, match="several addresses"):
        located.rows('| makeresults | eval src=mvappend("192.0.2.1", "192.0.2.2") | iplocation src')


def test_the_writers_databases_are_read_as_written(tmp_path):
    path = tmp_path / "a.mmdb"
    record = {"text": "y" * 65_000, "list": [1, 70_000, 1 << 40, -1.5, True]}
    write(path, {**PLACES, "203.0.113.7/32": record, "0.0.0.0/2": {"half": False}}, "Test-City")
    with maxminddb.open_database(path) as reader:
        assert reader.get("203.0.113.6") == SINGAPORE
        assert reader.get("203.0.113.7") == record
        assert reader.get("203.0.113.8") == SINGAPORE
        assert reader.get("10.0.0.1") == {"half": False}
        assert reader.get("100.0.0.1") is None
        assert reader.metadata().languages == ["en"]
    with pytest.raises(TypeError, match="NoneType"):
        write(path, {"192.0.2.0/24": {"a": None}}, "Test-City")


NETWORKS = st.one_of(
    st.builds(lambda bits, length: ipaddress.ip_network((bits, length), strict=False),
              st.integers(0, 2**32 - 1), st.integers(1, 32)),
    st.builds(lambda bits, length: ipaddress.ip_network(((0x20010DB8 << 96) + bits, length),
                                                        strict=False),
              st.integers(0, 2**96 - 1), st.integers(32, 128)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(NETWORKS, min_size=1, max_size=12, unique=True), st.data())
def test_the_longest_prefix_wins(tmp_path_factory, networks, data):
    path = tmp_path_factory.mktemp("mmdb") / "a.mmdb"
    write(path, {str(network): {"n": str(network)} for network in networks}, "Test-City")
    with maxminddb.open_database(path, maxminddb.MODE_MEMORY) as reader:
        for network in networks:
            last = int(network.broadcast_address)
            for number in (int(network.network_address), last, max(last + 1 - data.draw(
                    st.integers(0, 9)), 0)):
                try:
                    address = type(network.network_address)(number)
                except ipaddress.AddressValueError:
                    continue  # behind the last address there is
                inside = [other for other in networks
                          if other.version == address.version and address in other]
                expected = max(inside, key=lambda other: other.prefixlen, default=None)
                found = reader.get(str(address))
                assert (found and found["n"]) == (expected and str(expected))
