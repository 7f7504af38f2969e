"""Seal what must not be readable where it is kept: encrypted by KMS, and bound to what it is for.

The key never leaves KMS, and what is sealed for one reissue cannot be opened as another's (the encryption context is
authenticated: docs.aws.amazon.com, kms/latest/developerguide/encrypt_context.html). CloudTrail shows the context, so
that nothing secret is in it.
"""

import logging
from collections.abc import Mapping
from typing import Literal, NoReturn, Protocol, TypedDict

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deskshift.model.errors import KeyServiceUnavailable, SealBroken

Purpose = Literal["token", "verifier"]
_LARGEST = 4096
"""Bytes that KMS encrypts at once; a token that is a JWT may have more, and is sealed in pieces."""
_REFUSALS = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed value is for; opened for anything else it is refused. `grant` is the grant's key."""

    account_id: str
    grant: str
    reissue_id: str
    purpose: Purpose


class Encrypted(TypedDict):
    """What is read of KMS's answer to `Encrypt`."""

    CiphertextBlob: bytes


class Decrypted(TypedDict):
    """What is read of KMS's answer to `Decrypt`."""

    Plaintext: bytes


class KeyService(Protocol):
    """The two calls of a KMS client that are made."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: Mapping[str, str]) -> Encrypted:  # noqa: N803
        """Encrypt at most 4,096 bytes."""
        ...

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> Decrypted:  # noqa: N803
        """Decrypt what was encrypted with the same key and context."""
        ...


class Sealer:
    """Seals with one key.

    Args:
        client: KMS.
        key_id: the key's id or ARN. It is named for opening, too: nothing sealed with another key is opened.
    """

    def __init__(self, client: KeyService, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, secret: bytes, bound: Bound) -> bytes:
        """Encrypt.

        Raises:
            KeyServiceUnavailable: KMS did not; nothing is sealed, and it may be tried again.
        """
        pieces = [secret[start : start + _LARGEST] for start in range(0, len(secret), _LARGEST)]
        return msgspec.msgpack.encode(
            [self._encrypted(piece, _context(bound, at, len(pieces))) for at, piece in enumerate(pieces)]
        )

    def open(self, sealed: bytes, bound: Bound) -> bytes:
        """Decrypt.

        Raises:
            KeyServiceUnavailable: KMS did not; it may be tried again.
            SealBroken: it was sealed for something else, or with another key, or it was changed.
        """
        try:
            pieces = msgspec.msgpack.decode(sealed, type=list[bytes])
        except msgspec.DecodeError:
            raise SealBroken(bound.reissue_id, bound.purpose) from None
        if not pieces:
            raise SealBroken(bound.reissue_id, bound.purpose)
        return b"".join(self._decrypted(piece, bound, at, len(pieces)) for at, piece in enumerate(pieces))

    def _encrypted(self, piece: bytes, context: Mapping[str, str]) -> bytes:
        try:
            answer = self._client.encrypt(KeyId=self._key_id, Plaintext=piece, EncryptionContext=context)
        except (ClientError, BotoCoreError) as error:
            _unavailable("Encrypt", error)
        return answer["CiphertextBlob"]

    def _decrypted(self, piece: bytes, bound: Bound, at: int, of: int) -> bytes:
        context = _context(bound, at, of)
        try:
            answer = self._client.decrypt(KeyId=self._key_id, CiphertextBlob=piece, EncryptionContext=context)
        except ClientError as error:
            if _code(error) in _REFUSALS:
                raise SealBroken(bound.reissue_id, bound.purpose) from None
            _unavailable("Decrypt", error)
        except BotoCoreError as error:
            _unavailable("Decrypt", error)
        return answer["Plaintext"]


def open_sealer(region: str, key_id: str) -> Sealer:
    """Open KMS of a region.

    botocore writes each request with its body into its log at DEBUG, the secret among it: here it may not.
    """
    logging.getLogger("botocore").setLevel(logging.INFO)
    client: KeyService = boto3.client("kms", region_name=region, config=_CONFIG)
    return Sealer(client, key_id)


def _context(bound: Bound, at: int, of: int) -> dict[str, str]:
    """Give the context of one piece; with its place in it, pieces can be neither exchanged nor left out."""
    return {
        "account": bound.account_id,
        "grant": bound.grant,
        "reissue": bound.reissue_id,
        "purpose": bound.purpose,
        "piece": f"{at + 1}/{of}",
    }


def _unavailable(operation: str, error: ClientError | BotoCoreError) -> NoReturn:
    # Also a key that is disabled and a role that may not use it: both can be mended, and nothing is lost until then.
    found = _code(error) if isinstance(error, ClientError) else type(error).__name__
    raise KeyServiceUnavailable(operation, found) from None


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", "unknown"))
