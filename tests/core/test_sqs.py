"""What a queue says of itself beside its messages."""

from __future__ import annotations

import pytest
from ciw.sqs import Queue


class Client:
    """Answers GetQueueAttributes only."""

    def __init__(self, **answer):
        self.answer = answer

    def get_queue_attributes(self, **_):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "waiting"),
    [({"Attributes": {"ApproximateNumberOfMessages": "7"}}, 7), ({"Attributes": {}}, None),
     ({}, None)],
)
def test_a_number_of_messages_that_is_not_told_is_unknown(answer, waiting):
    """AWS leaves `Attributes` out where it has none to tell; that ends no run."""
    assert Queue(Client(**answer), "https://queue.example/1", 30, 0).waiting() == waiting
