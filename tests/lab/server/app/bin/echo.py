"""A persistent handler that tells what it was given, and writes with the system's token."""

import json
import os
import urllib.request

from splunk.persistconn.application import PersistentServerConnectionApplication


class Echo(PersistentServerConnectionApplication):
    def __init__(self, command_line, command_arg):
        super().__init__()

    def handle(self, in_string):
        print("a handler that prints must not garble its answer")
        request = json.loads(in_string)
        path = request.get("path_info", "")
        if path == "fail":
            raise ValueError("no luck")
        if path == "exit":
            os._exit(3)
        if path == "text":
            return {"payload": "<b>plain</b>", "status": 202}
        if path == "guarded":
            return {"payload": self.write(request), "status": 200}
        return {"payload": request, "status": 200}

    def write(self, request):
        call = urllib.request.Request(
            request["server"]["rest_uri"]
            + "/servicesNS/nobody/server_test/storage/collections/data/guarded",
            data=json.dumps({"by": request["session"]["user"]}).encode(),
            headers={
                "Authorization": "Splunk " + request["system_authtoken"],
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(call, timeout=90) as answer:
            return json.load(answer)
