"""Events a second of the CloudTrail path, beside gunzip alone and beside json + EventWriter.

All in one run on the same files: the real ones (CIW_REAL_DATA, or shared/data beside the
repository) repeated, or synthetic ones where they are absent. CIW_BENCH_EVENTS sets how many
events (200,000). The interpreters are this one and those that Splunk ships, where they are found.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AIM = 6.0


def contents() -> Iterator[bytes]:
    """CloudTrail files, for ever."""
    data = Path(os.environ.get("CIW_REAL_DATA") or ROOT.parent / "shared" / "data")
    real = sorted((data / "cloudtrail-invictus").glob("*.json"))
    if real:
        print(f"files: {len(real)} real ones, repeated")
        while True:
            for path in real:
                yield path.read_bytes()
    print("files: synthetic ones (the real data are not beside the repository)")
    while True:
        records = [_record(number) for number in range(60)]
        yield json.dumps({"Records": records}, separators=(",", ":")).encode()


def _record(number: int) -> dict:
    arn = f"arn:aws:sts::123456789012:assumed-role/deploy/session-{number}"
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE{number:08d}:session-{number}",
            "arn": arn,
            "accountId": "123456789012",
            "accessKeyId": f"ASIAEXAMPLE{number:09d}",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
        },
        "eventTime": f"2026-01-05T10:00:{number % 60:02d}Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": f"198.51.100.{number % 256}",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 md/GOOS#linux api/ec2#1.173.0",
        "requestParameters": {"instancesSet": {}, "filterSet": {"items": [{"name": "vpc-id"}] * 5}},
        "responseElements": None,
        "requestID": f"00000000-0000-4000-8000-{number:012d}",
        "eventID": f"00000000-0000-4000-9000-{number:012d}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }


def write_files(directory: Path, events: int) -> tuple[int, int]:
    """(events, bytes of JSON) written as gzip files."""
    written = size = number = 0
    for content in contents():
        records = len(json.loads(content)["Records"])
        (directory / f"{number:06d}.json.gz").write_bytes(gzip.compress(content, 6, mtime=0))
        written, size, number = written + records, size + len(content), number + 1
        if written >= events:
            return written, size
    raise AssertionError("contents() never ends")


def interpreters() -> dict[str, str]:
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in ("3.9", "3.13"):
        named = os.environ.get("CIW_PYTHON" + version.replace(".", ""))
        search = [str(ROOT / "tools" / "find-python"), version]
        done = subprocess.run(search, capture_output=True, text=True, check=False)
        path = named or (done.stdout.strip() if done.returncode == 0 else "")
        if path:
            found[version] = path
        else:
            print(f"Python {version}: not found here, left out")
    return found


def measure(python: str, way: str, directory: Path) -> dict:
    import splunklib

    # The SDK is pure Python: the one copy serves every interpreter.
    libraries = str(Path(splunklib.__file__).parent.parent)
    script = (
        "import sys, runpy; sys.path.append(sys.argv.pop(1));"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    command = [python, "-c", script, libraries, str(ROOT / "bench" / "cloudtrail.py"), way]
    done = subprocess.run([*command, str(directory)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way} on {python} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def main() -> int:
    events = int(os.environ.get("CIW_BENCH_EVENTS", "200000"))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        count, size = write_files(directory, events)
        print(f"{count:,} CloudTrail records, {size / count:,.0f} bytes on average\n")
        print("Python  way                    events/s   CPU s   MB/s  peak MiB")
        for version, python in sorted(interpreters().items()):
            results = {
                way: measure(python, way, directory) for way in ("gunzip", "event_writer", "ours")
            }
            for way, label in (
                ("gunzip", "gunzip alone"),
                ("event_writer", "json + EventWriter"),
                ("ours", "this input"),
            ):
                result = results[way]
                print(
                    f"{version:<7} {label:<20} {count / result['seconds']:>10,.0f}"
                    f" {result['cpu']:>7.1f} {size / result['seconds'] / 1e6:>6.0f}"
                    f" {result['peak_kib'] / 1024:>9.0f}"
                )
            ratio = results["event_writer"]["seconds"] / results["ours"]["seconds"]
            cpu = results["event_writer"]["cpu"] / results["ours"]["cpu"]
            share = results["gunzip"]["seconds"] / results["ours"]["seconds"]
            print(
                f"{version:<7} {ratio:.1f} times json + EventWriter (aim {AIM:.0f}),"
                f" {cpu:.1f} times by CPU time; {share:.0%} of gunzip alone\n"
            )
    return 0
