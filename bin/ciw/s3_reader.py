"""Objects from S3, the next few fetched ahead while one is being read."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable

from .aws import translate
from .errors import Retriable
from .gunzip import plain_pieces
from .s3_notification import S3Object

_AHEAD = 4
# Objects that are held or being fetched: with _WHOLE this bounds the memory, whatever is announced.
_HELD = 8
# Objects up to this size are fetched ahead whole; larger ones are streamed when their turn comes.
_WHOLE = 4 << 20
_CHUNK = 256 * 1024
# Of the SDK for one call: the core reads an object again after a pause.
_ATTEMPTS = 2


class S3Reader:
    """`owner_of(bucket)` gives the account that must own a bucket, or ""."""

    def __init__(self, aws: Any, owner_of: Callable[[S3Object], str]):
        self._aws = aws
        self._owner_of = owner_of
        self._pool = ThreadPoolExecutor(_AHEAD, thread_name_prefix="s3")
        self._ahead: dict[str, Future[Any]] = {}
        self._planned: deque[S3Object] = deque()

    def fetch_ahead(self, obj: S3Object) -> None:
        """Starts fetching an object whose notification says that it is small, as room permits."""
        if 0 < obj.size <= _WHOLE:
            self._planned.append(obj)
            self._top_up()

    def _top_up(self) -> None:
        while self._planned and len(self._ahead) < _HELD:
            obj = self._planned.popleft()
            if obj.identity not in self._ahead:
                # Clients are made on this thread: making them is not safe on several.
                client = self._client(obj)
                self._ahead[obj.identity] = self._pool.submit(self._whole, client, obj)

    def forget(self, obj: S3Object) -> None:
        with contextlib.suppress(ValueError):
            self._planned.remove(obj)
        future = self._ahead.pop(obj.identity, None)
        if future is not None:
            future.cancel()

    def pieces(self, obj: S3Object, size: int) -> Iterator[bytes]:
        """Decompressed pieces. Raises AuthError, Retriable, ShardError, CorruptObject."""
        return plain_pieces(self._chunks(obj), size)

    def close(self) -> None:
        for future in self._ahead.values():
            future.cancel()
        self._pool.shutdown(wait=False)

    def _chunks(self, obj: S3Object) -> Iterator[bytes]:
        future = self._ahead.pop(obj.identity, None)
        self.forget(obj)
        try:
            self._top_up()
            content = future.result() if future is not None else None
            if content is not None:
                yield content
                return
            answer = self._answer(self._client(obj), obj)
            # One that is held whole is read only when the SDK has found its checksum right.
            size = None if answer["ContentLength"] <= _WHOLE else _CHUNK
            body = answer["Body"]
            try:
                while True:
                    chunk = body.read(size)
                    if not chunk:
                        break
                    yield chunk
            finally:
                body.close()
        except GeneratorExit:
            raise
        except Exception as error:  # noqa: BLE001
            raise translate(error, "s3:GetObject of " + obj.uri) from None

    def _client(self, obj: S3Object) -> Any:
        return self._aws.client("s3", self._owner_of(obj), attempts=_ATTEMPTS)

    def _whole(self, client: Any, obj: S3Object) -> bytes | None:
        """All of the object; None where it is larger than its notification said."""
        answer = self._answer(client, obj)
        body = answer["Body"]
        try:
            return body.read() if answer["ContentLength"] <= _WHOLE else None
        finally:
            body.close()

    def _answer(self, client: Any, obj: S3Object) -> Any:
        wanted = {"Bucket": obj.bucket, "Key": obj.key}
        owner = self._owner_of(obj)
        if owner:
            wanted["ExpectedBucketOwner"] = owner
        if obj.version:
            wanted["VersionId"] = obj.version
        elif obj.etag:
            wanted["IfMatch"] = obj.etag
        answer = client.get_object(**wanted)
        etag = answer.get("ETag", "").strip('"')
        if not etag or (obj.etag and not obj.version and etag != obj.etag.strip('"')):
            # A proxy's page with status 200 would be read as the log, and the log be lost.
            answer["Body"].close()
            raise Retriable(f"s3:GetObject of {obj.uri}: what answered is not S3 with this object")
        return answer
