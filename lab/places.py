"""A small geographic database: places for the documentation's address ranges.

The ranges of RFC 5737 and RFC 3849 belong to nobody; here each stands for a city, so that
iplocation has something to say about the scenarios' addresses. As Splunk brings a database along,
the lab brings this one: of every other address it says nothing.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.mmdb import write

FILE_NAME = "iplocation.mmdb"


def place(city: str, region: str, region_code: str, country: str, code: str, continent: str,
          continent_code: str, latitude: float, longitude: float, time_zone: str) -> dict[str, Any]:
    """A record as those of MaxMind's City databases."""
    return {
        "city": {"names": {"en": city}},
        "continent": {"code": continent_code, "names": {"en": continent}},
        "country": {"iso_code": code, "names": {"en": country}},
        "location": {"latitude": latitude, "longitude": longitude, "time_zone": time_zone},
        "subdivisions": [{"iso_code": region_code, "names": {"en": region}}],
    }


DUBLIN = place("Dublin", "Leinster", "L", "Ireland", "IE", "Europe", "EU", 53.3331, -6.2489,
               "Europe/Dublin")
ASHBURN = place("Ashburn", "Virginia", "VA", "United States", "US", "North America", "NA", 39.0437,
                -77.4875, "America/New_York")
SINGAPORE = place("Singapore", "Central Singapore", "01", "Singapore", "SG", "Asia", "AS", 1.2897,
                  103.8501, "Asia/Singapore")
SAO_PAULO = place("São Paulo", "São Paulo", "SP", "Brazil", "BR", "South America", "SA", -23.5475,
                  -46.6361, "America/Sao_Paulo")
PLACES = {
    "192.0.2.0/24": DUBLIN,            # the organisation's office
    "198.51.100.0/24": ASHBURN,        # its deployment runners
    "203.0.113.0/25": SINGAPORE,       # everybody else
    "203.0.113.128/25": SAO_PAULO,
    "2001:db8::/33": DUBLIN,
    "2001:db8:8000::/33": SINGAPORE,
}


def write_places(folder: Path) -> int:
    """Puts the database where iplocation looks for it; the number of networks."""
    write(folder / FILE_NAME, PLACES, "Lab-City")
    return len(PLACES)


@lru_cache(maxsize=1)
def brought_along() -> Path:
    """The same database for homes that have none, once a process."""
    folder = Path(tempfile.mkdtemp(prefix="lab-places-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_places(folder)
    return folder / FILE_NAME
