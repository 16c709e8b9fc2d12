"""The demo's clouds: stand-ins that hold the scenarios' data, and the inputs that read them.

Each function starts what one provider needs, fills it, and gives the stanzas with the environment
that leads their inputs to it. The stand-ins' clocks stand still at the end of the recent span, since
the inputs trust the service's time alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.scenarios import forms
from lab.scenarios.aws import inventory as aws_inventory
from lab.scenarios.aws import network as aws_network
from lab.scenarios.aws import organisation as aws_org
from lab.scenarios.aws.writer import deliveries, encode
from lab.scenarios.azure import inventory as azure_inventory
from lab.scenarios.azure import network as azure_network
from lab.scenarios.azure import organisation as azure_org
from lab.scenarios.behaviour import machines, samples
from lab.scenarios.google import inventory as google_inventory
from lab.scenarios.google import network as google_network
from lab.scenarios.google import organisation as google_org
from lab.scenarios.model import Machine, Record

TELEMETRY_SECONDS = 12 * 3600
"""How long before the end of the recent span metrics begin; the inputs ask for a day."""


@dataclass(frozen=True)
class Span:
    """`turn` begins the recent span, `last` ends it; `since` is where metrics begin."""

    turn: float
    last: float

    @property
    def since(self) -> float:
        return self.last - TELEMETRY_SECONDS

    def clock(self) -> float:
        return self.last


@dataclass(frozen=True)
class Collected:
    """A stanza to run: its scheme and name, its settings, what its process needs, and what it
    should bring where that is known (`events`, -1 elsewhere)."""

    scheme: str
    settings: Mapping[str, str]
    environment: Mapping[str, str]
    events: int = -1
    name: str = "demo"
    index: str = field(default="")


def alive(found: Sequence[Record], cloud: str, span: Span) -> list[Machine]:
    """The machines of a cloud that lived at some time since metrics began."""
    return [machine for machine in machines(found, span.last)
            if machine.cloud == cloud and machine.until > span.since]


@contextmanager
def aws(found: Sequence[Record], recent: Sequence[Record], span: Span,
        seed: int) -> Iterator[list[Collected]]:
    """CloudTrail and flow logs in moto's S3 behind SQS; CloudWatch, EC2 and IAM beside it."""
    from lab.clouds.aws import AwsStandIn
    from lab.clouds.aws_cloudwatch import CloudWatch
    from lab.clouds.aws_inventory import Inventory

    class Accounts(Inventory, CloudWatch):
        """Both in one, so that one address serves the metrics and the inventory."""

    living = alive(found, "aws", span)
    trail_records = [record for record in recent if record.form == "cloudtrail"]
    logs = aws_network.network_logs(living, span.turn, seed)
    with AwsStandIn() as storage, Accounts(span.clock) as accounts:
        trail, network = storage.trail("organisation-trail"), storage.trail("network")
        for name, group in deliveries(trail_records, seed).items():
            storage.put(trail, name, encode(group))
        for name, content in logs.objects.items():
            storage.put(network, name, content)
        fill_aws(accounts, living, span)
        roles = ", ".join(f"{account}=arn:aws:iam::{account}:role/splunk-reader" for account in (
            aws_org.PRODUCTION, aws_org.DEVELOPMENT, aws_org.STAGING, aws_org.SANDBOX))
        regions = sorted({machine.region for machine in living} | set(aws_org.HOME_REGIONS))
        apis = {"account_roles": roles, "regions": ", ".join(regions)}
        yield [
            Collected("aws_cloudtrail", trail.stanza(), storage.environment, len(trail_records)),
            Collected("aws_network_logs", network.stanza(), storage.environment,
                      logs.flows + logs.queries),
            Collected("aws_metrics", apis, accounts.environment),
            Collected("aws_inventory", apis, accounts.environment)]


def fill_aws(accounts: Any, living: Sequence[Machine], span: Span) -> None:
    accounts.resources.update(aws_inventory.resources(living, span.last - 1))
    for machine in living:
        for sample in samples(machine, span.since):
            for metric, value in (
                    ("CPUUtilization", sample.cpu), ("NetworkIn", sample.received),
                    ("NetworkOut", sample.sent), ("EBSReadBytes", sample.read),
                    ("EBSWriteBytes", sample.written)):
                accounts.put(machine.id, metric, sample.time, float(value),
                             account=machine.account, region=machine.region)


@contextmanager
def azure(found: Sequence[Record], recent: Sequence[Record],
          span: Span) -> Iterator[list[Collected]]:
    """Resource Manager, storage, Monitor, Resource Graph and Microsoft Graph."""
    from lab.clouds.azure_monitor import AzureMonitor
    from lab.clouds.azure_storage import AzureStorage
    from lab.clouds.microsoft_graph import MicrosoftGraph

    living = alive(found, "azure", span)
    with ExitStack() as stack:
        storage = stack.enter_context(AzureStorage(span.clock))
        monitor = stack.enter_context(AzureMonitor(span.clock))
        graph = stack.enter_context(MicrosoftGraph(span.clock))
        audit = 0
        for record in recent:
            if record.form == "azure_activity" and record.time + 90 <= span.last:
                storage.activity.setdefault(record.account, []).append(record.body)
                audit += 1
            elif record.form == "entra_audit":
                graph.audits.append(record.body)
            elif record.form == "entra_sign_in":
                graph.sign_ins.append(record.body)
        fill_directory(graph, span)
        for name, content in azure_network.blobs(living, span.turn).items():
            storage.put(azure_network.ACCOUNT, azure_network.CONTAINER, name, content, "BlockBlob",
                        modified=span.last - 60)
        for table, rows in azure_inventory.resources(living, span.last - 1).items():
            monitor.rows[table] += rows
        for subscription in azure_org.SUBSCRIPTIONS:
            monitor.add_subscription(subscription)
            monitor.settings[subscription] = azure_inventory.settings(subscription)
        fill_monitor(monitor, living, span)
        tenant = {"tenant_id": azure_org.TENANT}
        all_of = {**tenant, "subscriptions": ", ".join(azure_org.SUBSCRIPTIONS)}
        yield [
            Collected("azure_activity", all_of, storage.environment, audit),
            Collected("azure_identity", tenant, graph.environment),
            Collected("azure_network_logs",
                      {**tenant, "storage_accounts": azure_network.ACCOUNT}, storage.environment),
            Collected("azure_metrics", all_of, monitor.environment),
            Collected("azure_inventory", all_of, monitor.environment)]


def fill_directory(graph: Any, span: Span) -> None:
    """Users and service principals are some years old; what scenarios add is told by the audit."""
    from lab.scenarios.azure import identity

    created = span.turn - 900 * 86400.0
    graph.users += [identity.user(f"user-{number:04d}@example.com", created + number * 7000)
                    for number in (141, 142, 157, 163, 311)]
    graph.service_principals += [identity.service_principal(who, created)
                                 for who in (azure_org.deploy(), azure_org.backup())]


def fill_monitor(monitor: Any, living: Sequence[Machine], span: Span) -> None:
    for machine in living:
        for sample in samples(machine, span.since):
            for metric, value in (
                    ("percentage cpu", sample.cpu), ("network in total", sample.received),
                    ("network out total", sample.sent), ("disk read bytes", sample.read),
                    ("disk write bytes", sample.written)):
                monitor.values.setdefault((machine.id.lower(), metric), {})[sample.time] = value


@contextmanager
def google(found: Sequence[Record], recent: Sequence[Record],
           span: Span) -> Iterator[list[Collected]]:
    """Pub/Sub with a sink's audit and network logs, Cloud Monitoring, Cloud Asset Inventory."""
    from lab.clouds.google_assets import Assets
    from lab.clouds.google_monitoring import Monitoring
    from lab.clouds.google_pubsub import PubSub

    living = alive(found, "gcp", span)
    audit_logs, network_logs = (f"projects/{google_org.PRODUCTION}/subscriptions/{name}"
                                for name in ("splunk-audit", "splunk-network"))
    with ExitStack() as stack:
        queue = stack.enter_context(PubSub(span.clock))
        monitoring = stack.enter_context(Monitoring(span.clock))
        inventory = stack.enter_context(Assets(span.clock))
        entries = [record for record in recent if record.form == "log_entry"]
        for record in entries:
            queue.publish(audit_logs, forms.text(record).encode())
        network = [*google_network.flow_entries(living, span.turn),
                   *google_network.dns_entries(living, span.turn)]
        for _, entry in sorted(network, key=lambda one: one[0]):
            queue.publish(network_logs, google_network.message(entry))
        fill_monitoring(monitoring, living, span)
        inventory.assets = google_inventory.assets(living, span.last - 1)
        inventory.roles = google_inventory.roles()
        yield [
            Collected("gcp_audit", {"subscription": audit_logs}, queue.environment, len(entries)),
            Collected("gcp_network_logs", {"subscription": network_logs}, queue.environment,
                      len(network)),
            Collected("gcp_metrics", {"projects": google_org.PRODUCTION}, monitoring.environment),
            Collected("gcp_inventory", {"scopes": f"organizations/{google_org.ORGANISATION}"},
                      inventory.environment)]


def fill_monitoring(monitoring: Any, living: Sequence[Machine], span: Span) -> None:
    """One project's metrics scope holds all projects."""
    from lab.clouds.google_monitoring import Sample

    points = monitoring.samples.setdefault(google_org.PRODUCTION, [])
    prefix = "compute.googleapis.com/instance/"
    for machine in living:
        labels = {"project_id": machine.account, "zone": machine.zone, "instance_id": machine.id}
        for sample in samples(machine, span.since):
            for metric, value in (
                    ("cpu/utilization", sample.cpu / 100),
                    ("network/received_bytes_count", sample.received),
                    ("network/sent_bytes_count", sample.sent),
                    ("disk/read_bytes_count", sample.read),
                    ("disk/write_bytes_count", sample.written)):
                points.append(Sample(prefix + metric, sample.time + 300.0, value, labels,
                                     machine_type=machine.kind))
