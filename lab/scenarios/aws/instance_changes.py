"""Changes of a running instance: another type and start script for an hour, then as before."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import change_state
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "CHG0091009"
INSTANCE = "i-0fedcba9876543210"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_config_reverted/{start:.0f}")
    at, region = start + 600 + trail.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal(org.PRODUCTION, "support-access", agent=org.CLI_AGENT,
                        session=f"{CHANGE}-resize" if twin else "console",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")

    def attribute(moment: float, name: str, value: str) -> Record:
        return trail.call(moment, who, region, "ModifyInstanceAttribute", {
            "instanceId": INSTANCE, name: {"value": value}}, {"_return": True}, step="changed")

    yield change_state(trail, at, who, region, "StopInstances", [INSTANCE], step="changed")
    yield attribute(at + 60, "instanceType", "c5.24xlarge")
    yield attribute(at + 75, "userData", "<sensitiveDataRemoved>")
    yield trail.call(at + 90, who, region, "ModifyInstanceMetadataOptions", {
        "ModifyInstanceMetadataOptionsRequest": {
            "InstanceId": INSTANCE, "HttpTokens": "optional", "HttpPutResponseHopLimit": 64}}, {
        "ModifyInstanceMetadataOptionsResponse": {"instanceId": INSTANCE}}, step="changed")
    yield change_state(trail, at + 120, who, region, "StartInstances", [INSTANCE], step="changed")
    yield change_state(trail, at + 3600, who, region, "StopInstances", [INSTANCE],
                       step="reverted")
    yield attribute(at + 3660, "instanceType", "m6i.large")
    task = trail.id("replacevol")
    yield trail.call(at + 3700, who, region, "CreateReplaceRootVolumeTask", {
        "CreateReplaceRootVolumeTaskRequest": {"InstanceId": INSTANCE}}, {
        "CreateReplaceRootVolumeTaskResponse": {"replaceRootVolumeTask": {
            "replaceRootVolumeTaskId": task, "instanceId": INSTANCE, "taskState": "pending"}}},
        step="reverted")
    yield change_state(trail, at + 3800, who, region, "StartInstances", [INSTANCE],
                       step="reverted")


SCENARIOS = pair(
    build,
    id="aws_config_reverted",
    title="An instance gets another type and start script for an hour; then its disk is put back",
    techniques=("T1578.005", "T1578.004"),
    signals=("instance_config_modified", "instance_reverted"),
    at_least="medium",
    twin="aws_planned_resize",
    twin_title="An instance is resized for an hour under a change request",
    differs="it is done under a change request: the session is named after it",
    differs_in=(r"userIdentity\.(arn|principalId|accessKeyId)", "list"),
    twin_signals=("instance_config_modified", "instance_reverted"),
    twin_lists=(ticket("aws", org.PRODUCTION, CHANGE, "resize for the quarterly run"),),
)
