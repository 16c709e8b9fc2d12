"""The lists that people fill in: their names, columns and what each column takes, as data.

The searches read the same columns (macro ciw_list_check in default/macros.conf says which rows
count); lookups/README.md tells them to people. `check` holds a row to what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

CLOUDS = ("aws", "azure", "gcp")


@dataclass(frozen=True)
class Column:
    """`kind`: text, cidr, date, number, timezone, choice, days, time, signal or indicator.

    `several`: the cell may list values with a semicolon. `names`: one such column of a row has to
    say something, or the row would count for everything.
    """

    name: str
    meaning: str
    kind: str = "text"
    needed: bool = False
    several: bool = False
    names: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    name: str
    label: str
    meaning: str
    columns: tuple[Column, ...]
    may_name_nothing: bool = False

    def column(self, name):
        return next(column for column in self.columns if column.name == name)


CLOUD = Column("cloud", "aws, azure or gcp; empty for all", "choice", names=True, choices=CLOUDS)
ACCOUNT = Column("vendor_account", "account, subscription or project; empty for all", names=True)
USER = Column("user", "the durable principal: role, user or service account", names=True)
REASON = Column("reason", "why", needed=True)
OWNER = Column("owner", "who answers for it", needed=True)
EXPIRES = Column("expires", "last day, in UTC; empty for no end", "date")
LAST_DAY = Column("expires", "last day, in UTC", "date", needed=True)
TYPES = Column("instance_types", "types that it may create", several=True, names=True)

LISTS = {
    listing.name: listing
    for listing in (
        Listing(
            "ciw_approved_creators",
            "Approved creators",
            "Who may create instances, where, of which types and from which addresses. Once a row"
            " names an account, its other creators count as unapproved.",
            (
                CLOUD,
                ACCOUNT,
                USER,
                Column("regions", "regions in which it may", several=True, names=True),
                TYPES,
                Column(
                    "networks",
                    "addresses from which it may: 192.0.2.0/24",
                    "cidr",
                    several=True,
                    names=True,
                ),
                REASON,
                OWNER,
                EXPIRES,
            ),
        ),
        Listing(
            "ciw_approved_regions",
            "Approved regions",
            "Regions in use. Creations elsewhere are told.",
            (
                CLOUD,
                ACCOUNT,
                Column("vendor_region", "the region", several=True, names=True),
                REASON,
                OWNER,
                EXPIRES,
            ),
        ),
        Listing(
            "ciw_approved_images",
            "Approved images",
            "Images that instances may be made of.",
            (
                CLOUD,
                ACCOUNT,
                Column("image_id", "the image", several=True, names=True),
                REASON,
                OWNER,
                EXPIRES,
            ),
        ),
        Listing(
            "ciw_known_networks",
            "Known networks",
            "Addresses that are the organisation's own.",
            (
                Column(
                    "src",
                    "network or address: 192.0.2.0/24",
                    "cidr",
                    needed=True,
                    several=True,
                    names=True,
                ),
                Column("label", "what it is"),
                OWNER,
                EXPIRES,
            ),
        ),
        Listing(
            "ciw_business_hours",
            "Business hours",
            "When people work. The row that names most, from the left, counts.",
            (
                CLOUD,
                ACCOUNT,
                USER,
                Column(
                    "timezone",
                    "a zone such as Europe/Berlin, UTC, or an offset such as +02:00",
                    "timezone",
                    needed=True,
                ),
                Column("days", "weekdays, 1 is Monday: 1-5 or 1;2;3; empty for all", "days"),
                Column("start", "from: 08:00", "time", needed=True),
                Column("end", "up to but without: 18:00", "time", needed=True),
                Column("holidays", "days on which nobody works", "date", several=True),
            ),
            may_name_nothing=True,
        ),
        Listing(
            "ciw_change_requests",
            "Change requests",
            "Approved changes. An operation that carries the reference and fits is approved.",
            (
                Column(
                    "change_ref",
                    "the ticket's number, as it stands in tags or session names",
                    needed=True,
                    names=True,
                ),
                CLOUD,
                ACCOUNT,
                Column("vendor_region", "regions; empty for all", several=True, names=True),
                Column("user", "principals; empty for all", several=True, names=True),
                Column("project", "what for"),
                Column("instance_types", "types; empty for all", several=True, names=True),
                Column("max_count", "instances at most", "number"),
                Column("valid_from", "first day, in UTC", "date", needed=True),
                Column("valid_to", "last day, in UTC", "date", needed=True),
                Column("summary", "what it says"),
                OWNER,
            ),
        ),
        Listing(
            "ciw_exceptions",
            "Exceptions",
            "What a signal shall not report.",
            (
                Column("signal", "the signal; * in it stands for anything", "signal", names=True),
                CLOUD,
                ACCOUNT,
                USER,
                Column("object_id", "which resource", several=True, names=True),
                REASON,
                OWNER,
                LAST_DAY,
            ),
        ),
        Listing(
            "ciw_owners",
            "Owners of accounts",
            "Whose accounts these are. An account named here is one of yours: sharing with it is"
            " not sharing outside.",
            (
                CLOUD,
                Column(
                    "vendor_account",
                    "account, subscription or project",
                    several=True,
                    names=True,
                ),
                OWNER,
                Column("contact", "how to reach them"),
                Column("cost_centre", "who pays"),
                Column("cost_contact", "whom to tell about cost"),
            ),
        ),
        Listing(
            "ciw_monitoring",
            "Heightened watch",
            "Principals, accounts and images under watch: each of their signals opens a case, and"
            " cases about them are a step more severe.",
            (
                CLOUD,
                ACCOUNT,
                USER,
                Column("image_id", "or which image", several=True, names=True),
                REASON,
                OWNER,
                LAST_DAY,
            ),
        ),
        Listing(
            "ciw_threat_intel",
            "Threat indicators",
            "Addresses, networks and domains that somebody warns of.",
            (
                Column(
                    "indicator", "address, network or domain", "indicator", needed=True, names=True
                ),
                Column(
                    "type", "ip, cidr or domain", "choice", True, choices=("ip", "cidr", "domain")
                ),
                Column("label", "what it is: the analyst reads it", needed=True),
                Column("source", "who says so", needed=True),
                EXPIRES,
            ),
        ),
        Listing(
            "ciw_mining_pools",
            "Mining pools",
            "Where miners connect to, beside what the app ships. A row of tier off takes an"
            " indicator out.",
            (
                Column(
                    "indicator", "domain, address or port", "indicator", needed=True, names=True
                ),
                Column(
                    "type", "domain, ip or port", "choice", True, choices=("domain", "ip", "port")
                ),
                Column(
                    "tier",
                    "strong, medium, weak (nothing alone) or off",
                    "choice",
                    True,
                    choices=("strong", "medium", "weak", "off"),
                ),
                Column("source", "where that is documented", needed=True),
                Column("checked", "when the row was written or reviewed", "date"),
            ),
        ),
    )
}
