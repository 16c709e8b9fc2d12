"""The three ways splunkd calls an input: `--scheme`, `--validate-arguments`, and a run.

Exit status: 0 when the work is done or the input was asked to stop; 1 when the configuration is
wrong; 2 when credentials, the checkpoint or a service failed; 3 when the pipe was closed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from dataclasses import replace
from typing import Any

from . import outlet_hec, stamp
from .checkpoint import Checkpoint, shard_key
from .checkpoint_file import FileStore
from .checkpoint_kv import KVStore
from .declare import Argument, Cursor, Meta, Source
from .errors import CheckpointError, InputError, InvalidArgument, Stopped
from .health import Health
from .journal import Journal
from .lease import Held, Lease
from .log import LibraryMessages, Log
from .log_file import of_input
from .outlet import Outlet
from .run import Context, Run
from .scheme import Configuration, parse_run, parse_validation, render_error, render_scheme
from .splunkd import Splunkd
from .stopping import Stop

COMMON_ARGUMENTS = (
    Argument(
        "checkpoint",
        "Checkpoint",
        "Where to record what has been read: kvstore (shared by a cluster's members) or file "
        "(in this instance's checkpoint directory). There is no fallback from one to the other",
        kind="choice",
        default="kvstore",
        choices=("kvstore", "file"),
    ),
    Argument(
        "checkpoint_days",
        "Days to remember",
        "Days for which finished objects are remembered, so that one announced again is not "
        "read again; longer than the queue keeps messages",
        kind="integer",
        default="15",
        minimum=1,
        maximum=365,
    ),
    Argument(
        "quarantine_index",
        "Quarantine index",
        "Index of quarantine events (source type ciw:quarantine); empty: the input's index. An "
        "index of metrics cannot hold them",
        pattern=r"[a-z0-9_][a-z0-9_-]{0,79}",
        shape="the name of an index",
    ),
    Argument(
        "log_level",
        "Log level",
        "Least severe level written to splunkd's log",
        kind="choice",
        default="INFO",
        choices=("DEBUG", "INFO", "WARN", "ERROR"),
    ),
) + outlet_hec.ARGUMENTS
# Where the events of an input go into an index of metrics, which takes no others.
_METRIC_INDEX, _QUARANTINE_INDEX = "cloud_metrics", "cloud_audit"
_DAY = 86400.0
_PRUNED = "meta:pruned"


def common_arguments(source: Source) -> tuple[Argument, ...]:
    """What every input has, with the defaults that fit this one."""
    if source.index != _METRIC_INDEX:
        return COMMON_ARGUMENTS
    return tuple(
        replace(argument, default=_QUARANTINE_INDEX)
        if argument.name == "quarantine_index"
        else argument
        for argument in COMMON_ARGUMENTS
    )


def main(source: Source, argv: list[str] | None = None) -> int:
    """Runs an input the way its command line asks; returns the exit status."""
    source = replace(source, arguments=source.arguments + common_arguments(source))
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["--scheme"]:
        sys.stdout.write(render_scheme(source))
        return 0
    if argv == ["--validate-arguments"]:
        return _validate(source, sys.stdin.buffer.read())
    if argv:
        sys.stderr.write("FATAL event=usage arguments={!r}\n".format(" ".join(argv)))
        return 1
    return _run(source)


def _validate(source: Source, document: bytes) -> int:
    try:
        _arguments(source, parse_validation(document))
    except InvalidArgument as error:
        sys.stdout.write(render_error(str(error)))
        return 1
    return 0


def _arguments(source: Source, configuration: Configuration) -> dict[str, Any]:
    arguments = source.read_arguments(configuration.parameters)
    outlet_hec.check(arguments)
    return arguments


def _run(source: Source) -> int:
    log = Log(file=of_input(source.name), input=source.name)
    health = Health(log)
    try:
        return _guarded(source, log, health)
    finally:
        # Where nothing else has told how the run went, it did not come to its end.
        health.end("failed")


def _guarded(source: Source, log: Log, health: Health) -> int:
    """A run with every failure told; returns the exit status."""
    logging.getLogger().addHandler(LibraryMessages(log))
    stop = Stop()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())
    # A closed pipe is an error to handle, not a reason to be killed by SIGPIPE.
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        configuration = parse_run(sys.stdin.buffer.read())
        log.bind(stanza=configuration.stanza)
        if configuration.session_key:
            log.redactor.register(configuration.session_key)
        arguments = _arguments(source, configuration)
        log.level = arguments["log_level"]
        health.describe(arguments, configuration.parameters.get("interval", ""))
    except InvalidArgument as error:
        log.fatal("invalid_configuration", reason=error)
        health.end("failed", error)
        return 1
    try:
        return _collect(source, configuration, arguments, log, stop, health)
    except BrokenPipeError:
        log.error("output_closed", reason="splunkd closed the input's standard output")
        return 3
    except Stopped as error:
        health.end("stopped", error)
        return 0
    except Held as error:
        log.info("lease_held", reason=error)
        health.end("standby", error)
        return 0
    except InputError as error:
        log.fatal(
            "run_failed", kind=type(error).__name__, reason=error, action="splunkd tries again"
        )
        health.end("failed", error)
        return 2
    except Exception as error:  # noqa: BLE001
        log.fatal("unexpected_error", reason=error, traceback=traceback.format_exc())
        health.end("failed", error)
        return 2


def _collect(
    source: Source,
    configuration: Configuration,
    arguments: Any,
    log: Log,
    stop: Stop,
    health: Health,
) -> int:
    splunkd = _splunkd(configuration) if configuration.server_uri else None
    directory = _checkpoint_directory(source, configuration)
    name = shard_key(configuration.stanza, "")[:16]
    journal = Journal(os.path.join(directory, "journal-" + name))
    outlet = _outlet(configuration, arguments, splunkd, journal, log, stop)
    lease: Lease | None = None
    try:
        store: Any = None
        if arguments["checkpoint"] == "file":
            store = FileStore(os.path.join(directory, "cursors-" + name))
        elif splunkd is None:
            raise InvalidArgument(
                "checkpoint = kvstore needs server_uri in the configuration on standard input"
            )
        else:
            if source.exclusive(arguments):
                lease = Lease(_splunkd(configuration), configuration.stanza, stop.wait)
                lease.claim()
                lease.start()
            store = KVStore(splunkd, configuration.stanza, lease)
        stamp.check(directory, name, arguments["checkpoint"])
        checkpoint = Checkpoint(configuration.stanza, store, journal, outlet)
        context = Context(
            stanza=configuration.stanza,
            arguments=arguments,
            log=log,
            splunkd=splunkd,
            checkpoint=checkpoint,
            outlet=outlet,
            stop=stop,
            index=configuration.parameters.get("index", ""),
            health=health,
        )
        Run(source, context).execute()
        if not stop.is_set():
            _prune(checkpoint, arguments["checkpoint_days"], log)
        checkpoint.close()
    finally:
        outlet.close()
        if lease is not None:
            lease.release()
    return 0


def _splunkd(configuration: Configuration) -> Splunkd:
    return Splunkd(configuration.server_uri, configuration.session_key)


def _outlet(
    configuration: Configuration, arguments: Any, splunkd: Any, journal: Journal, log: Log,
    stop: Stop,
) -> Any:
    if arguments["output"] == "xml":
        return Outlet(sys.stdout.fileno(), journal, stop.is_set)
    if splunkd is None:
        raise InvalidArgument(
            "output = hec needs server_uri in the configuration on standard input, for its token"
        )
    token = splunkd.secret(outlet_hec.REALM, arguments["hec_credential"])
    log.redactor.register(token)
    return outlet_hec.HecOutlet(
        arguments["hec_url"],
        token,
        journal,
        stop,
        credential=arguments["hec_credential"],
        defaults=_defaults(configuration),
        patience=arguments["hec_ack_seconds"],
        largest_event=arguments["hec_max_event_mb"] << 20,
    )


def _defaults(configuration: Configuration) -> Meta:
    """What splunkd gives the events of a stanza that do not say themselves (inputs.conf.spec)."""
    given = configuration.parameters
    host, index = given.get("host", ""), given.get("index", "")
    return Meta(
        sourcetype=given.get("sourcetype", ""),
        source=given.get("source", "") or configuration.stanza,
        host=configuration.server_host if host in ("", "$decideOnStartup") else host,
        index="" if index == "default" else index,
    )


def _checkpoint_directory(source: Source, configuration: Configuration) -> str:
    """splunkd gives each scheme a directory of its own, but what is given is not relied on."""
    directory = configuration.checkpoint_dir
    if not directory:
        raise InvalidArgument("the configuration on standard input has no checkpoint_dir")
    if os.path.basename(os.path.normpath(directory)) != source.name:
        directory = os.path.join(directory, source.name)
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint directory {directory} cannot be made: {error.strerror}"
        ) from error
    return directory


def _prune(checkpoint: Checkpoint, days: int, log: Log) -> None:
    """Once a day, after the queue was found empty: what comes again comes before that."""
    now = time.time()
    last = checkpoint.get(_PRUNED)
    if last is None or now - last.position > _DAY:
        removed = checkpoint.prune(now - days * _DAY)
        checkpoint.commit(_PRUNED, Cursor(now))
        log.info("checkpoint_pruned", removed=removed, days=days)
