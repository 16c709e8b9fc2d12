"""Machines reached by other calls: a template deployment, commands, extensions, identities.

A deployment's operations carry its correlationId ("View deployment history"). Managed run
commands, extensions: "Virtual Machine Run Commands", "Virtual Machine Scale Set Extensions"
(learn.microsoft.com/rest/api/compute); a managed identity's token has `xms_mirid`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "CHG0092012"
DEPLOYMENT = "Microsoft.Resources/deployments"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
_IMAGE = {"communityGalleryImageId": "/CommunityGalleries/tools-0a1b2c3d/Images/node/Versions/1.4.0"}
_SCRIPT = {"publisher": "Microsoft.Azure.Extensions", "type": "CustomScript",
           "typeHandlerVersion": "2.1", "autoUpgradeMinorVersion": True}


def deployed(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """Four deployments: for two there is no room, two make a spot machine of a stranger's image."""
    log = ActivityLog(seed, f"azure_gallery_deployment/{start:.0f}")
    at, size = start + 600 + log.random.randrange(300), "Standard_NC24ads_A100_v4"
    who = org.Principal("docs-publisher", "ServicePrincipal", org.guid("app/docs-publisher"),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}")
    tags = {"change-ref": CHANGE} if twin else {}
    full = ("The requested VM size for resource 'Following SKUs have failed for Capacity"
            f" Restrictions: {size}' is currently not available in location '{{}}'.")
    for number, (region, error) in enumerate((
            ("koreacentral", "SkuNotAvailable"), ("uaenorth", "SkuNotAvailable"),
            ("koreacentral", ""), ("southafricanorth", ""))):
        moment, correlation = at + number * 210, log.uuid()
        deployment = org.resource(org.DEVELOPMENT, "rg-docs", DEPLOYMENT, f"docs-{number}")
        rows, _ = compute.create_vm(
            log, moment + 4, who, region, org.DEVELOPMENT, "rg-docs", f"docs-{number}", size=size,
            image=_IMAGE, tags=tags, spot=True, error=error, message=full.format(region),
            code="Conflict" if error else "", role="batch" if twin else "mining", step="launch",
            correlation=correlation)
        outer = log.operation(
            moment, who, region, deployment, DEPLOYMENT + "/write", {"properties": {
                "mode": "Incremental", "parameters": {"name": {"value": f"docs-{number}"}}}},
            code="Conflict" if error else "Created", seconds=0 if error else 50, step="launch",
            error="DeploymentFailed" if error else "",
            message="At least one resource deployment operation failed." if error else "",
            correlation=correlation)
        yield from sorted((*outer, *rows), key=lambda row: row.time)


def commandeered(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """A machine's own identity, used from outside, on another machine."""
    log = ActivityLog(seed, f"azure_machine_commandeered/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal(
        "build-07", "ManagedIdentity", org.guid("app/build-07"),
        f"{org.STRANGER}{log.random.randrange(130, 250)}",
        resource=org.resource(org.PRODUCTION, "build", compute.VM, "build-07"))
    if twin:
        who = org.deploy()
    identity = org.resource(org.PRODUCTION, "data", IDENTITY, "data-owner")
    rows = compute.create_vm(log, at + 900, who, region, org.PRODUCTION, "data", "report-2",
                             update=True, step="changed", identity=identity)[0]
    for after, kind, name, properties in (
            (0, "runCommands", "setup", {"source": {"script": "<redacted>"},
                                         "asyncExecution": True}),
            (420, "extensions", "tools", {**_SCRIPT, "protectedSettings": None})):
        target = org.resource(org.PRODUCTION, "data", f"{compute.VM}/{kind}", f"report-2/{name}")
        request = {"location": region, "properties": properties}
        yield from log.operation(at + after, who, region, target, f"{compute.VM}/{kind}/write",
                                 request, {"name": name, "id": target, **request}, code="Created",
                                 seconds=30, step="changed")
    yield from log.operation(at + 890, who, region, identity, IDENTITY + "/assign/action",
                             step="changed")
    yield from rows


def extended(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """The model gets a start script, and every instance is brought up to it."""
    log = ActivityLog(seed, f"azure_scale_set_extension/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal("user-0219@example.com",
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    if twin:
        who = org.deploy()
    scale_set = org.resource(org.PRODUCTION, "web", compute.SCALE_SET, "web-frontend")
    kind = compute.SCALE_SET + "/extensions"
    target = org.resource(org.PRODUCTION, "web", kind, "web-frontend/tools")
    request = {"properties": {**_SCRIPT, "forceUpdateTag": "2"}}
    yield from log.operation(at, who, region, target, kind + "/write", request,
                             {"name": "tools", "id": target, **request}, code="Created",
                             seconds=20, step="group")
    yield from log.operation(at + 300, who, region, scale_set,
                             compute.SCALE_SET + "/manualUpgrade/action", {"instanceIds": ["*"]},
                             code="Accepted", seconds=90, step="group")


SCENARIOS = (
    *pair(deployed, id="azure_gallery_deployment", held_out=True,
          title="A workload's identity deploys spot machines of a stranger's gallery image, which"
                " mine",
          techniques=("T1078.004", "T1578.002", "T1496.001", "T1535"),
          signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
                   "unusual_instance_type", "cpu_spike", "mining_egress"),
          at_least="high", twin="azure_gallery_research",
          twin_title="A workload's identity deploys the spot machines of a research burst",
          differs="it is a burst under a change request: the machines carry its reference, and"
                  " compute",
          differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
          twin_signals=("instance_created_in_unapproved_region", "unusual_instance_type",
                        "cpu_spike"),
          twin_lists=(ticket("azure", org.DEVELOPMENT, CHANGE, "research burst on spot"),)),
    *pair(commandeered, id="azure_machine_commandeered", held_out=True,
          title="A machine's stolen identity runs commands on another, and gives it more rights",
          techniques=("T1651", "T1578.005", "T1098"), signals=("instance_config_modified",),
          at_least="medium", twin="azure_machine_configured",
          twin_title="The pipeline runs commands on a machine and gives it an identity",
          differs="the approved pipeline does it",
          differs_in=("^caller", "^claims", r"httpRequest\.clientIpAddress"),
          twin_signals=("instance_config_modified",)),
    *pair(extended, id="azure_scale_set_extension", held_out=True,
          title="A scale set's model gets a script extension, and its instances are upgraded",
          techniques=("T1578.005", "T1651"), signals=("autoscaling_redirected",),
          at_least="medium", twin="azure_scale_set_extended",
          twin_title="The pipeline gives a scale set's model a script extension",
          differs="the approved pipeline does it",
          differs_in=("^caller", "^claims", r"httpRequest\.clientIpAddress")),
)
