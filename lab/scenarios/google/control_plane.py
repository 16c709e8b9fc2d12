"""Stories without much traffic: refusals, a managed group and an instance changed."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Machine, Record
from lab.scenarios.twins import exception, pair


def denied(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_denied_prober/{start:.0f}")
    project, at = org.SANDBOX, start + 600 + log.random.randrange(300)
    who = org.Principal(org.account("ci-test-runner", project),
                        f"{org.STRANGER}{log.random.randrange(130, 250)}", org.CLIENT)
    for number, zone in enumerate(("europe-west1-b", "us-central1-a", "asia-east1-a",
                                   "southamerica-east1-a")):
        name = f"projects/{project}/zones/{zone}/instances/try-{number}"
        error = (7, f"Required 'compute.instances.create' permission for '{name}'")
        if twin:
            error = (3, "Invalid value for field 'resource.disks[0].initializeParams.sourceImage'")
        yield from compute.create_instance(log, at + number * 45, who, project, zone,
                                           f"try-{number}", machine="n1-standard-8", gpus=4,
                                           error=error, step="denied launch")[0]


def redirected(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """The group's own agent makes the instances, which hides who turned the group."""
    log = AuditLog(seed, f"google_group_redirected/{start:.0f}")
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    at, group = start + 600 + log.random.randrange(300), "web-frontend"
    who = org.Principal("user-0177@example.com",
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.GCLOUD)
    if twin:
        who = org.deploy(project)
    template = f"projects/{project}/global/instanceTemplates/web-v7"
    yield from compute.instance_template(log, at, who, project, "web-v7", "c3-standard-44",
                                         startup=True, step="template")
    yield from compute.group_call(log, at + 40, who, project, zone, group, "setInstanceTemplate",
                                  step="group", instanceTemplate=template)
    yield from compute.group_call(log, at + 70, who, project, zone, group, "resize", step="group",
                                  size="8")
    agent = org.managed_groups(project)
    for number in range(3):
        yield from compute.create_instance(
            log, at + 130 + number * 15, agent, project, zone, f"{group}-x{number}",
            machine="c3-standard-44", version="beta", role="batch" if twin else "mining",
            step="launch")[0]


def changed(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_config_reverted/{start:.0f}")
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    at = start + 600 + log.random.randrange(300)
    who = org.Principal("user-0177@example.com",
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.GCLOUD)
    place = f"projects/{project}/zones/{zone}"
    machine = Machine("gcp", org.number("report-1"), "report-1", project, zone[:-2], zone, "nic0",
                      "10.130.0.9", "default", "e2-standard-2", compute.DEBIAN, start)
    for after, kind, step in ((0, "c3-standard-44", "changed"),
                              (3600, "e2-standard-2", "reverted")):
        yield from compute.instance_call(log, at + after, who, machine, "stop", step=step)
        yield from compute.instance_call(log, at + after + 60, who, machine, "setMachineType",
                                         step=step, machineType=f"{place}/machineTypes/{kind}")
        yield from compute.instance_call(
            log, at + after + 90, who, machine, "setMetadata", step=step,
            items=[{"key": "startup-script"}] if step == "changed" else [])
        yield from compute.instance_call(log, at + after + 120, who, machine, "start", step=step)


SCENARIOS = (
    *pair(denied, id="google_denied_prober", seconds=3600,
          title="A service account tries four regions and is refused in each",
          techniques=("T1578.002",), signals=("denied_instance_creation",), at_least="medium",
          twin="google_wrong_image",
          twin_title="A service account names an image that does not exist, in four regions",
          differs="the calls fail since they could not work, not since they are not allowed",
          differs_in=(r"protoPayload\.(status|response)", r"authorizationInfo\.0\.granted")),
    *pair(redirected, id="google_group_redirected",
          title="An intruder points a managed group at another template, which mines",
          techniques=("T1578.005", "T1578.002", "T1496.001"),
          signals=("autoscaling_redirected", "cpu_spike", "mining_egress"), at_least="high",
          twin="google_group_updated",
          twin_title="The pipeline gives a managed group another template",
          differs="the approved pipeline does it, and the instances do their work",
          differs_in=(r"authenticationInfo", r"requestMetadata\.(callerIp|callerSupplied)",
                      r"response\.user", "role"),
          twin_signals=("cpu_spike", "unusual_instance_type")),
    *pair(changed, id="google_config_reverted",
          title="An instance gets another type and start script for an hour",
          techniques=("T1578.005", "T1578.004"),
          signals=("instance_config_modified", "instance_reverted"), at_least="medium",
          twin="google_planned_resize",
          twin_title="An administrator who is listed resizes an instance for an hour",
          differs="the admins know the change: what tells of it is exempt for this principal",
          differs_in=("list",),
          twin_lists=tuple(exception(signal, "gcp", org.PRODUCTION, "user-0177@example.com",
                                     "quarterly report") for signal in (
                               "instance_config_modified", "instance_reverted"))),
)
