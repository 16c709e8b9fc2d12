"""A stand-in for splunkd's REST and Splunk Web, for one app on one machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import uvicorn

from lab.server.application import make_application, make_state

__all__ = ["Server", "serve", "start"]


class Server:
    """A running server. `users` maps a name to its password; `url` has no trailing slash.

    `hec_token` is the lab's own token of the HTTP Event Collector."""

    def __init__(self, state: Any, runner: uvicorn.Server, thread: threading.Thread):
        self.state = state
        self.url = state.rest_uri
        self.port = state.port
        self.users: dict[str, str] = state.users.passwords
        self.system_token: str = state.sessions.system.key
        self.hec_token: str = state.hec_token
        self._runner, self._thread = runner, thread

    def stop(self) -> None:
        self._runner.should_exit = True
        self._thread.join()
        self.state.jobs.stop()
        self.state.acks.stop()
        self.state.host.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    home: Any, app: Any, port: int = 0, engine: Any = None, clock: Callable[[], float] = time.time
) -> Server:
    """Serves on 127.0.0.1 in a thread; port 0 takes a free one. OSError if the port is taken.

    `engine` stands in for lab.engine.run (see lab.server.engine); `clock` is the searches' now.
    """
    state = make_state(home, app, engine, clock)
    # With the protocol named, asyncio sets TCP_NODELAY; without, each reply waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    state.port = listener.getsockname()[1]
    runner = uvicorn.Server(
        uvicorn.Config(
            make_application(state),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )
    thread = threading.Thread(
        target=runner.run, kwargs={"sockets": [listener]}, daemon=True, name="lab-server"
    )
    thread.start()
    while not runner.started:
        if not thread.is_alive():
            raise OSError(f"the server on port {state.port} did not start; see the log")
        time.sleep(0.01)
    return Server(state, runner, thread)


def serve(home: Any, app: Any, port: int = 8000, clock: Callable[[], float] = time.time) -> None:
    """Serves until interrupted; prints the address, a login for each role and HEC's token."""
    with start(home, app, port, clock=clock) as server:
        print(f"{server.url}/en-US/app/{app.name}", flush=True)
        width = max(map(len, server.users))
        for name, password in server.users.items():
            print(f"  {name:<{width}}  {password}", flush=True)
        print(f"  HTTP Event Collector token  {server.hec_token}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopping", flush=True)
