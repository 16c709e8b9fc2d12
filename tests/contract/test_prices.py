"""Prices of instance types: whole or absent, never half told, and of the right size."""

from __future__ import annotations

import csv
import re

import pytest

from tests.contract.repository import ROOT, report

PATH = ROOT / "lookups" / "ciw_instance_types.csv"
REGIONS = {"aws": "us-east-1", "azure": "eastus", "gcp": "us-central1"}
CHEAPEST_GPU, DEAREST_GPU, DEAREST_VCPU = 0.25, 13.0, 0.13
"""US dollars an hour, far outside what any listed type costs: a slipped digit is caught."""


def rows() -> list[dict[str, str]]:
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def problem(row: dict[str, str]) -> str | None:
    told = [row[name] for name in ("price", "price_region", "price_source", "price_date")]
    if not any(told):
        return None
    if not all(told):
        return "a price stands with its region, source and date, or none of them does"
    if not re.fullmatch(r"\d+(\.\d+)?", row["price"]) or float(row["price"]) <= 0:
        return f"{row['price']} is no price"
    if row["price_region"] != REGIONS[row["cloud"]]:
        return f"{row['price_region']}: the table's region is {REGIONS[row['cloud']]}"
    if not re.fullmatch(r"20\d\d-[01]\d-[0-3]\d", row["price_date"]):
        return f"{row['price_date']} is no date"
    price, processors, accelerators = float(row["price"]), int(row["vcpu"]), int(row["gpu"])
    if accelerators and not CHEAPEST_GPU <= price / accelerators <= DEAREST_GPU:
        return f"{price / accelerators:.2f} an hour for a GPU"
    if not accelerators and price / processors > DEAREST_VCPU:
        return f"{price / processors:.3f} an hour for a processor"
    return None


def test_a_price_is_told_whole_or_not_at_all():
    report([f"lookups/ciw_instance_types.csv: {row['instance_type']}: {found}"
            for row in rows() if (found := problem(row))])


def test_most_types_have_a_price_and_those_of_each_cloud_with_a_gpu():
    listed = rows()
    priced = [row for row in listed if row["price"]]
    assert len(priced) >= 0.9 * len(listed)
    assert {row["cloud"] for row in priced if int(row["gpu"])} == set(REGIONS)


def test_no_type_stands_twice():
    names = [(row["cloud"], row["instance_type"].lower()) for row in rows()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("change", [
    {"price_source": ""}, {"price": "0"}, {"price": "a lot"}, {"price": "960"},
    {"price_region": "eu-west-1"}, {"price_date": "yesterday"},
])
def test_a_wrong_price_is_found(change):
    row = next(row for row in rows() if row["instance_type"] == "m5.large")
    assert problem(row) is None
    assert problem({**row, **change})
