"""What is wrong with one account or one message costs that account or message, not the run."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import re
import threading

from lab.clouds.aws import delivery_key, event_bridge_message, s3_message
from tests.sources.runner import configuration, run
from tests.sources.test_aws_cloudtrail import FILE, document, record


def test_an_account_whose_role_is_gone_costs_its_own_objects_only(aws, tmp_path):
    """The others' messages must not be received again and again beside it until they are dead.

    moto assumes any role: an endpoint where nobody listens stands for a refusal.
    """
    trail = aws.trail(notify=False)
    key = delivery_key(FILE)
    aws.put(trail, key, gzip.compress(document(record(1))))
    aws.send(trail, s3_message("their-logs", key))
    aws.send(trail, s3_message(trail.bucket, key))
    stanza = trail.stanza(
        checkpoint="file",
        buckets=f"{trail.bucket}, their-logs@444455556666",
        account_roles="444455556666=arn:aws:iam::444455556666:role/gone",
    )
    with refusing("AccessDenied") as url:
        env = {**aws.environment, "AWS_ENDPOINT_URL_STS": url}
        outcome = run(configuration(tmp_path, stanza), env)
        assert outcome.event_ids == ["id-1"], outcome.log
        assert outcome.status == 0
        assert re.search(r"event=object_not_read .*their-logs.*role/gone", outcome.log)
        aws.send(trail, s3_message(trail.bucket, key))
        stanza["role_chain"] = "arn:aws:iam::444455556666:role/first"
        outcome = run(configuration(tmp_path, stanza), env)
        assert outcome.status == 2, "without the role of the queue there is nothing to do"
        assert "role/first" in outcome.log


@contextlib.contextmanager
def refusing(code: str):
    """The address of an AWS service that answers everything with HTTP 403 and this code."""

    class Refusal(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """The test reads the input's log only."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_names_that_s3_cannot_have_do_not_end_the_run(aws, tmp_path):
    trail = aws.trail(dead_letter_after=5)
    aws.send(trail, s3_message("no bucket's name", "x"))
    aws.send(trail, event_bridge_message(trail.bucket, "x").replace('"x"', "7"))
    aws.deliver(trail, FILE, document(record(1)))
    stanza = trail.stanza(checkpoint="file", buckets="*-*, no*", max_receives="1")
    outcome = run(configuration(tmp_path, stanza), aws.environment)
    assert outcome.status == 0, outcome.log
    assert outcome.event_ids == ["id-1"]
    assert len(outcome.quarantined) == 2
    assert "event=retry" not in outcome.log, "more attempts cannot mend a name"
