"""Parts, results and reports in S3."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
from botocore.exceptions import ClientError

from deskshift.model.conversation import Conversation
from deskshift.model.errors import FilesKept

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

# A function without s3:ListBucket is told AccessDenied of a key that is not there.
_MISSING = frozenset({"NoSuchKey", "AccessDenied"})
_DELETE_BATCH = 1000
_conversations = msgspec.json.Decoder(Conversation)


def part_content(lines: Sequence[bytes]) -> tuple[bytes, str]:
    """Put a part together as JSON Lines, and give its sha256 in hex."""
    content = b"".join(line + b"\n" for line in lines)
    return content, hashlib.sha256(content).hexdigest()


class Files:
    """The stack's bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, content: bytes, content_type: str = "application/json") -> None:
        """Write a file; writing it again replaces it."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)

    def get(self, key: str) -> bytes | None:
        """Read a file; None if it is not there."""
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise

    def read(self, key: str, kind: type[T]) -> T | None:
        """Read and decode a JSON file; None if it is not there."""
        content = self.get(key)
        return None if content is None else msgspec.json.decode(content, type=kind)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete files; those that are not there do not matter.

        Raises:
            FilesKept: S3 did not delete some.
        """
        wanted = list(keys)
        for start in range(0, len(wanted), _DELETE_BATCH):
            batch = wanted[start : start + _DELETE_BATCH]
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )
            if answer.get("Errors"):
                raise FilesKept(len(answer["Errors"]))

    def delete_folder(self, prefix: str) -> None:
        """Delete every file whose key begins with a prefix, also those that no record names.

        Raises:
            FilesKept: S3 did not delete some.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            self.delete(each["Key"] for each in page.get("Contents", ()))

    def put_part(self, key: str, content: bytes) -> None:
        """Write a part (JSON Lines)."""
        self.put(key, content, "application/jsonl")

    def part(self, key: str, sha256: str) -> list[Conversation] | None:
        """Read a part; None if the file is gone or damaged: then its conversations are read from the source."""
        content = self.get(key)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            return None
        return _conversations.decode_lines(content)
