"""Fetching ahead holds a bounded number of bounded objects, whatever the notifications say."""

from __future__ import annotations

import io
import threading

from ciw import s3_reader
from ciw.s3_notification import S3Object
from ciw.s3_reader import S3Reader


class Bucket:
    """An S3 client; `held` is how many bodies were read and not yet asked for."""

    def __init__(self, size: int):
        self.size, self.requests, self.whole = size, 0, 0
        self._lock = threading.Lock()

    def client(self, *_, **__):
        return self

    def get_object(self, **wanted):
        with self._lock:
            self.requests += 1
        bucket = self

        class Body(io.BytesIO):
            def read(self, amount=-1):
                if amount is None or amount < 0:
                    bucket.whole += 1
                return super().read(amount)

        return {"Body": Body(b"x" * self.size), "ContentLength": self.size, "ETag": '"e"'}


def objects(number: int) -> list[S3Object]:
    return [S3Object("b", f"k{index}", size=10) for index in range(number)]


def test_many_objects_of_one_message_are_not_all_fetched_at_once():
    bucket = Bucket(10)
    reader, found = S3Reader(bucket, lambda obj: ""), objects(500)
    for obj in found:
        reader.fetch_ahead(obj)
    reader._pool.shutdown(wait=True)
    assert bucket.requests <= 8
    reader.close()


def test_all_of_them_are_read_in_the_end():
    bucket = Bucket(10)
    reader, found = S3Reader(bucket, lambda obj: ""), objects(50)
    for obj in found:
        reader.fetch_ahead(obj)
    assert [b"".join(reader.pieces(obj, 100)) for obj in found] == [b"x" * 10] * 50
    assert bucket.requests == 50
    reader.close()


def test_an_object_larger_than_announced_is_streamed():
    bucket = Bucket(s3_reader._WHOLE + 100)
    reader, (obj,) = S3Reader(bucket, lambda obj: ""), objects(1)
    reader.fetch_ahead(obj)
    assert sum(map(len, reader.pieces(obj, 1 << 16))) == s3_reader._WHOLE + 100
    assert bucket.whole == 0
    reader.close()
