"""What every Splunk has before an app is installed, as far as the lab needs it."""

from __future__ import annotations

BUILTIN_INDEXES = ("main", "summary", "_internal", "_audit", "_introspection")

# Source types that splunkd or `collect` writes; an app need not have props for them.
BUILTIN_SOURCETYPES = ("stash", "stash_hec", "splunkd")

# The capabilities of Splunk's own roles that the lab's REST and searches look at; from
# authorize.conf as shipped (an excerpt: the lab asks for no others).
_USER = (
    "search", "rest_apps_view", "rest_properties_get", "rest_properties_set", "list_inputs",
    "output_file", "input_file", "get_metadata", "get_typeahead", "pattern_detect",
    "change_own_password", "schedule_rtsearch", "rtsearch", "list_metrics_catalog",
    "run_collect", "run_mcollect",
)
_POWER = ("schedule_search", "embed_report", "edit_sourcetypes", "list_search_head_clustering")
_ADMIN = (
    "admin_all_objects", "edit_user", "edit_roles", "edit_server", "edit_monitor",
    "list_storage_passwords", "edit_storage_passwords", "list_settings", "restart_splunkd",
    "accelerate_datamodel", "accelerate_search", "edit_kvstore", "indexes_edit", "list_indexes",
)

BUILTIN_ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "user": {"capabilities": _USER, "indexes": ("*",), "imports": ()},
    "power": {"capabilities": _POWER, "indexes": ("*",), "imports": ("user",)},
    "admin": {"capabilities": _ADMIN, "indexes": ("*", "_*"), "imports": ("power", "user")},
    "splunk-system-role": {"capabilities": (), "indexes": ("*", "_*"), "imports": ("admin",)},
}
