"""One measurement in one interpreter: `python one_way.py KIND WAY DIRECTORY`, result as JSON.

Runs on Python 3.9 as well: it is started with each interpreter that Splunk ships. Every way reads
the same gzip files; `input` and `event_writer` write splunkd's XML stream into a pipe that another
process empties. Imports are done before the clock starts.
"""

from __future__ import annotations

import glob
import gzip
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(HERE, "..", "bin")]


def gunzip(kind, files):
    """Decompression alone."""

    def work():
        for path in files:
            with gzip.open(path) as file:
                file.read()

    return work


def parse(kind, files):
    """Decompression and the standard library's json, or lines split into columns."""
    from bench import existing_way

    reader = existing_way.READERS[kind]
    by_line = reader.__name__ == "read" and kind in ("queries", "activity_export")

    def work():
        for path in files:
            with gzip.open(path) as file:
                if reader is existing_way.flow_lines:
                    [line.split(b" ") for line in file]
                elif by_line:
                    [json.loads(line) for line in file]
                else:
                    json.load(file)

    return work


def event_writer(kind, files):
    """json (or a split line) and the EventWriter of Splunk's SDK, the way of existing add-ons."""
    from splunklib.modularinput import Event, EventWriter

    from bench import existing_way, local_sources

    name, index, _ = local_sources.INPUTS[kind]
    reader = existing_way.READERS[kind]

    def work():
        written = 0
        writer = EventWriter(sys.stdout, sys.stderr)
        for path in files:
            with gzip.open(path) as file:
                for moment, text in reader(file):
                    event = Event(
                        data=text, time=moment, sourcetype=name, source=path, index=index
                    )
                    writer.write_event(event)
                    written += 1
        writer.close()
        return written

    return work


def this_input(kind, files):
    """The input's own source, run loop, checkpoint and outlet; only the cloud is left out."""
    from ciw.checkpoint import Checkpoint
    from ciw.checkpoint_file import FileStore
    from ciw.journal import Journal
    from ciw.log import Log
    from ciw.outlet import Outlet
    from ciw.run import Context, Run

    from bench import local_sources

    index = local_sources.INPUTS[kind][1]
    arguments = local_sources.arguments(kind)
    local_sources.warm_up(kind)

    def work():
        with tempfile.TemporaryDirectory() as directory:
            stop = threading.Event()
            journal = Journal(os.path.join(directory, "journal"))
            outlet = Outlet(sys.stdout.fileno(), journal, stop.is_set)
            store = FileStore(os.path.join(directory, "cursors"))
            checkpoint = Checkpoint("bench", store, journal, outlet)
            log = io.StringIO()
            context = Context(
                "bench", arguments, Log(stream=log), None, checkpoint, outlet, stop, index
            )
            Run(local_sources.source(kind, files), context).execute()
            checkpoint.close()
            outlet.close()
        if context.counts["quarantined"] or context.counts["failed"]:
            raise SystemExit(log.getvalue()[-2000:])
        return context.counts["emitted"]

    return work


WAYS = {"gunzip": gunzip, "parse": parse, "event_writer": event_writer, "input": this_input}


def cpu_seconds():
    """Of this process and of those that it started and that have ended."""
    own, children = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main():
    kind, way, directory = sys.argv[1:]
    files = sorted(glob.glob(os.path.join(directory, "*.gz")))
    result = os.fdopen(os.dup(1), "w")
    reader = subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.dup2(reader.stdin.fileno(), 1)
    reader.stdin.close()
    work = WAYS[way](kind, files)
    started, cpu = time.perf_counter(), cpu_seconds()
    written = work()
    sys.stdout.flush()
    seconds, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    os.close(1)
    size = int(reader.stdout.read())
    reader.wait()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump(
        {"seconds": seconds, "cpu": cpu, "written": written, "bytes": size, "peak_kib": peak},
        result,
    )
    result.write("\n")
    result.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
