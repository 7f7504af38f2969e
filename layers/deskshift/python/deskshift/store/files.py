"""Parts, results and reports in S3."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
from botocore.exceptions import ClientError

from deskshift.model.conversation import Conversation
from deskshift.model.errors import PartChanged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

# A function without s3:ListBucket is told AccessDenied of a key that is not there.
_MISSING = frozenset({"NoSuchKey", "AccessDenied"})
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
        """Delete files; those that are not there do not matter."""
        for key in keys:
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def put_part(self, key: str, content: bytes) -> None:
        """Write a part (JSON Lines)."""
        self.put(key, content, "application/jsonl")

    def part(self, key: str, sha256: str) -> list[Conversation]:
        """Read a part.

        Raises:
            PartChanged: the file is gone or not the one that the record describes.
        """
        content = self.get(key)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            raise PartChanged(key)
        return _conversations.decode_lines(content)
