"""What every Splunk has before an app is installed, as far as the lab needs it."""

from __future__ import annotations

from typing import Any

BUILTIN_INDEXES = ("main", "summary", "_internal", "_audit", "_introspection")

# Source types that splunkd or `collect` writes; an app need not have props for them.
BUILTIN_SOURCETYPES = ("stash", "stash_hec", "splunkd")

# The roles of Splunk's own authorize.conf: all capabilities of user, power and can_delete; of
# admin's those that the lab's REST and searches look at.
DEFAULT_CAPABILITIES = ("schedule_rtsearch", "run_collect", "run_mcollect")
"""What authorize.conf's [default] gives to every role."""
DEFAULT_JOBS_QUOTA = 3

_USER = (
    *DEFAULT_CAPABILITIES, "accelerate_search", "change_own_password", "delete_messages",
    "edit_search_schedule_window", "export_results_is_visible", "get_metadata", "get_typeahead",
    "input_file", "list_accelerate_search", "list_inputs", "list_metrics_catalog",
    "list_tokens_own", "output_file", "pattern_detect", "request_remote_tok", "rest_apps_view",
    "rest_properties_get", "rest_properties_set", "search", "upload_lookup_files",
)
_POWER = (
    "edit_log_alert_event", "edit_sourcetypes", "edit_statsd_transforms", "embed_report",
    "metric_alerts", "rtsearch", "run_msearch", "schedule_search", "search_process_config_refresh",
)
_ADMIN = (
    "accelerate_datamodel", "admin_all_objects", "dispatch_rest_to_indexers", "edit_kvstore",
    "edit_local_apps", "edit_monitor", "edit_roles", "edit_scripted", "edit_server",
    "edit_storage_passwords", "edit_tcp", "edit_token_http", "edit_user", "edit_web_settings", "indexes_edit",
    "list_indexes", "list_search_head_clustering", "list_settings", "list_storage_passwords",
    "list_token_http", "rest_apps_management", "restart_splunkd", "run_debug_commands",
    "run_walklex",
)


def _role(capabilities: tuple[str, ...], imports: tuple[str, ...] = (),
          indexes: tuple[str, ...] = ("*",), indexes_default: tuple[str, ...] = ("main",),
          jobs_quota: int = DEFAULT_JOBS_QUOTA) -> dict[str, Any]:
    return {"capabilities": capabilities, "imports": imports, "indexes": indexes,
            "indexes_default": indexes_default, "jobs_quota": jobs_quota}


BUILTIN_ROLES: dict[str, dict[str, Any]] = {
    "user": _role(_USER),
    "power": _role(_POWER, ("user",), jobs_quota=10),
    "can_delete": _role(("delete_by_keyword",), indexes=(), indexes_default=()),
    "admin": _role(_ADMIN, ("power", "user"), ("*", "_*"), ("main", "os"), jobs_quota=50),
    "splunk-system-role": _role((), ("admin",), (), ()),
}
