"""Stories without much traffic: logging switched off, refusals, a scale set and a machine changed."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, exception, pair, ticket

CHANGE = "CHG0092004"
_AGENT = org.Principal("build-agent", "ServicePrincipal", org.guid("app/build-agent"))


def logging_off(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_logging_impaired/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[1]
    who = org.Principal(_AGENT.name, _AGENT.kind, _AGENT.app,
                        f"{org.STRANGER}{log.random.randrange(130, 250)}")
    yield from compute.delete_diagnostic_setting(log, at, who, org.DEVELOPMENT, "audit",
                                                 step="logging off")
    flow_log = org.resource(org.DEVELOPMENT, "NetworkWatcherRG",
                            "Microsoft.Network/networkWatchers/flowLogs",
                            f"NetworkWatcher_{region}/vnet-main-{region}")
    yield from compute.delete(log, at + 40, who, region, flow_log,
                              "Microsoft.Network/networkWatchers/flowLogs", step="logging off")
    yield from compute.create_vm(log, at + 200, who, region, org.DEVELOPMENT, "rg-build",
                                 "helper", size="Standard_F8s_v2",
                                 role="agent" if twin else "mining_tls", step="launch")[0]


def denied(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_denied_prober/{start:.0f}")
    at = start + 600 + log.random.randrange(300)
    who = org.Principal("ci-test-runner", "ServicePrincipal", org.guid("app/ci-test-runner"),
                        f"{org.STRANGER}{log.random.randrange(130, 250)}", role="")
    scope = f"/subscriptions/{org.SANDBOX}/resourceGroups/rg-x"
    error, code = "AuthorizationFailed", "Forbidden"
    message = (f"The client '{who.object_id}' with object id '{who.object_id}' does not have"
               " authorization to perform action 'Microsoft.Compute/virtualMachines/write' over"
               f" scope '{scope}' or the scope is invalid.")
    if twin:
        error, code = "InvalidParameter", "BadRequest"
        message = "The value of parameter imageReference is invalid."
    for number, region in enumerate(("westeurope", "eastus", "japaneast", "brazilsouth")):
        yield from compute.create_vm(
            log, at + number * 50, who, region, org.SANDBOX, "rg-x", f"try-{number}",
            size="Standard_NC24ads_A100_v4", error=error, message=message, code=code,
            step="denied launch")[0]


def redirected(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_scale_set_redirected/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal("user-0177@example.com",
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    if twin:
        who = org.deploy()
    yield from compute.scale_set(log, at, who, region, org.PRODUCTION, "web", "web-frontend", 12,
                                 size="Standard_F16s_v2", custom_data=True, update=True,
                                 step="group")


def changed(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_config_reverted/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal("user-0177@example.com", app=org.PORTAL,
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    tags = {"owner": "data", **({"change-ref": CHANGE} if twin else {})}

    def resize(moment: float, size: str, step: str, **more: str) -> list[Record]:
        return compute.create_vm(log, moment, who, region, org.PRODUCTION, "data", "report-1",
                                 size=size, tags=tags, update=True, step=step, **more)[0]

    rows, machine = compute.create_vm(log, at, who, region, org.PRODUCTION, "data", "report-1",
                                      size="Standard_F16s_v2", tags=tags, update=True,
                                      step="changed")
    yield from rows
    yield from compute.vm_action(
        log, at + 120, who, machine, "runCommand", step="changed",
        request={"commandId": "RunShellScript", "script": ["<redacted>"], "tags": tags})
    old = org.resource(org.PRODUCTION, "data", compute.DISK, "report-1-before")
    yield from resize(at + 3600, "Standard_D2s_v5", "reverted", os_disk=old)


SCENARIOS = (
    *pair(logging_off, id="azure_logging_impaired",
          title="A diagnostic setting and a flow log are deleted, then a machine is made",
          techniques=("T1562.008", "T1578.002", "T1496.001"),
          signals=("audit_logging_impaired", "instance_created_by_new_principal", "cpu_spike",
                   "beaconing_egress"),
          at_least="high", twin="azure_logging_rebuilt",
          twin_title="The logging of a subscription is rebuilt by an application that is listed",
          differs="the admins know the application: it is an approved creator and exempt from what"
                  " tells of logging, and its machine reports to the monitoring",
          differs_in=("role", "list"), twin_signals=("cpu_spike",),
          twin_lists=tuple(row for name in (_AGENT.object_id, _AGENT.app) for row in (
              creator("azure", org.DEVELOPMENT, name, "landing zone"),
              exception("audit_logging_impaired", "azure", org.DEVELOPMENT, name,
                        "landing zone")))),
    *pair(denied, id="azure_denied_prober", seconds=3600,
          title="An application tries four regions and is refused in each",
          techniques=("T1578.002",), signals=("denied_instance_creation",), at_least="medium",
          twin="azure_wrong_parameter",
          twin_title="An application's template has a wrong parameter in four regions",
          differs="the calls fail since they could not work, not since they are not allowed",
          differs_in=(r"subStatus", r"properties\.(statusCode|statusMessage)")),
    *pair(redirected, id="azure_scale_set_redirected",
          title="An intruder gives a scale set another size, start script and twelve instances",
          techniques=("T1578.005", "T1578.002"), signals=("autoscaling_redirected",),
          at_least="medium", twin="azure_scale_set_updated",
          twin_title="The pipeline gives a scale set another size and twelve instances",
          differs="the approved pipeline does it",
          differs_in=(r"^caller", r"^claims", r"httpRequest\.clientIpAddress")),
    *pair(changed, id="azure_config_reverted",
          title="A machine gets another size and a command, and an hour later its old disk",
          techniques=("T1578.005", "T1578.004", "T1651"),
          signals=("instance_config_modified", "instance_reverted"), at_least="medium",
          twin="azure_planned_resize",
          twin_title="A machine is resized for an hour under a change request",
          differs="it is done under a change request: the machine carries its reference",
          differs_in=(r"properties\.(requestbody|responseBody)", "list"),
          twin_signals=("instance_config_modified", "instance_reverted"),
          twin_lists=(ticket("azure", org.PRODUCTION, CHANGE, "resize for the report"),)),
)
