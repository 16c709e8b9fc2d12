"""Records as CloudTrail delivers them: gzipped files by account, region and five minutes.

Source of names and layout: the CloudTrail User Guide, "CloudTrail log file names".
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timezone

from lab.scenarios.model import Record

DELIVERY_SECONDS = 300


def file_name(account: str, region: str, window: float, seed: int) -> str:
    """Path of the file that holds a window's records, below the bucket's root."""
    moment = datetime.fromtimestamp(window + DELIVERY_SECONDS, timezone.utc)
    unique = hashlib.sha256(f"{seed}/{account}/{region}/{window}".encode()).hexdigest()[:16]
    return (f"AWSLogs/{account}/CloudTrail/{region}/{moment:%Y/%m/%d}/{account}_CloudTrail_"
            f"{region}_{moment:%Y%m%dT%H%MZ}_{unique}.json.gz")


def deliveries(records: Sequence[Record], seed: int) -> dict[str, list[Record]]:
    """File name → its records, in order of delivery."""
    found: dict[tuple[float, str, str], list[Record]] = {}
    for record in records:
        window = record.time // DELIVERY_SECONDS * DELIVERY_SECONDS
        found.setdefault((window, record.account, record.region), []).append(record)
    return {file_name(account, region, window, seed): group
            for (window, account, region), group in sorted(found.items())}


def encode(records: Sequence[Record]) -> bytes:
    body = json.dumps({"Records": [record.body for record in records]}, separators=(",", ":"))
    return gzip.compress(body.encode(), mtime=0)
