"""What is sealed is opened for the very same purpose alone; KMS's troubles lose nothing, and nobody prints a secret."""

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from deskshift.connectors.sealing import Bound, Decrypted, Encrypted, Sealer, open_sealer
from deskshift.connectors.tokens.ports import BearerToken
from deskshift.connectors.tokens.sealed import open_token, seal_token
from deskshift.model.custody import SealedToken
from deskshift.model.errors import DeskshiftError, KeyServiceUnavailable, SealBroken
from deskshift.store.sealed_tokens import SealedTokens
from infra.local.stack import LocalStack
from tests.support.token_tables import everything

BOUND = Bound(account_id="acme", grant="abc", reissue_id="reissue-abc", purpose="token")
SECRET = b"canary-secret"
TOKEN = BearerToken(access_token="canary-access", refresh_token="canary-refresh", expires_in=1800, scope="read")


@pytest.fixture
def key(stack: LocalStack) -> str:
    return str(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def sealer(key: str, region: str) -> Iterator[Sealer]:
    before = logging.getLogger("botocore").level
    yield open_sealer(region, key)
    logging.getLogger("botocore").setLevel(before)


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 10_000])
def test_what_is_sealed_is_opened_again(sealer: Sealer, size: int) -> None:
    secret = bytes(number % 251 for number in range(size))
    sealed = sealer.seal(secret, BOUND)
    assert secret[:100] not in sealed or size == 1
    assert sealer.open(sealed, BOUND) == secret


@pytest.mark.parametrize(
    "field", [{"account_id": "other"}, {"grant": "abd"}, {"reissue_id": "reissue-abc-2"}, {"purpose": "verifier"}]
)
def test_what_is_sealed_for_one_thing_is_not_opened_for_another(sealer: Sealer, field: dict[str, str]) -> None:
    sealed = sealer.seal(SECRET, BOUND)
    with pytest.raises(SealBroken, match="cannot be opened"):
        sealer.open(sealed, msgspec.structs.replace(BOUND, **field))


def test_pieces_are_neither_exchanged_nor_left_out_nor_mixed(sealer: Sealer) -> None:
    pieces = msgspec.msgpack.decode(sealer.seal(b"a" * 4096 + b"b" * 4096 + b"c", BOUND), type=list[bytes])
    others = msgspec.msgpack.decode(sealer.seal(b"d", BOUND), type=list[bytes])
    for wrong in ([pieces[1], pieces[0], pieces[2]], pieces[:2], pieces[:1], [*pieces, pieces[2]], others + pieces[1:]):
        with pytest.raises(SealBroken):
            sealer.open(msgspec.msgpack.encode(wrong), BOUND)


def test_what_was_changed_is_not_opened(sealer: Sealer) -> None:
    (piece,) = msgspec.msgpack.decode(sealer.seal(SECRET, BOUND), type=list[bytes])
    changed = msgspec.msgpack.encode([piece[:-1] + bytes([piece[-1] ^ 1])])
    for wrong in (changed, b"", b"\xc1", msgspec.msgpack.encode([]), msgspec.msgpack.encode({"a": 1}), SECRET):
        with pytest.raises(SealBroken):
            sealer.open(wrong, BOUND)


def test_a_token_goes_in_and_comes_out(sealer: Sealer) -> None:
    assert open_token(sealer, seal_token(sealer, TOKEN, BOUND), BOUND) == TOKEN
    large = BearerToken(access_token="a" * 9000)
    assert open_token(sealer, seal_token(sealer, large, BOUND), BOUND) == large


@pytest.mark.parametrize("secret", [b"canary", b'{"access_token": ["canary"]}', b"\xff"])
def test_what_is_no_token_is_not_taken_for_one(sealer: Sealer, secret: bytes) -> None:
    with pytest.raises(SealBroken) as caught:
        open_token(sealer, sealer.seal(secret, BOUND), BOUND)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


class Stubbed:
    """A KMS that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def encrypt(self, **_: Any) -> Encrypted:  # noqa: ANN401 - KMS's
        raise self.error

    def decrypt(self, **_: Any) -> Decrypted:  # noqa: ANN401 - KMS's
        raise self.error


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": SECRET.decode()}}, "Decrypt")


PASSING = [
    "KMSInternalException",
    "DependencyTimeoutException",
    "KeyUnavailableException",
    "ThrottlingException",
    "LimitExceededException",
    "DisabledException",
    "KMSInvalidStateException",
    "AccessDeniedException",
    "NotFoundException",
]
TROUBLES: list[tuple[Exception, str]] = [
    *((refused(code), code) for code in PASSING),
    (EndpointConnectionError(endpoint_url="https://kms.example"), "EndpointConnectionError"),
    (ReadTimeoutError(endpoint_url="https://kms.example"), "ReadTimeoutError"),
]


@pytest.mark.parametrize(("error", "named"), TROUBLES)
def test_what_passes_is_an_error_to_be_tried_again(error: Exception, named: str) -> None:
    sealer, sealed = Sealer(Stubbed(error), "key"), msgspec.msgpack.encode([b"x"])
    works: list[Callable[[], object]] = [lambda: sealer.seal(SECRET, BOUND), lambda: sealer.open(sealed, BOUND)]
    for work in works:
        with pytest.raises(KeyServiceUnavailable, match=named) as caught:
            work()
        assert "canary" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_what_does_not_pass_is_a_refusal(code: str) -> None:
    with pytest.raises(SealBroken) as caught:
        Sealer(Stubbed(refused(code)), "key").open(msgspec.msgpack.encode([b"x"]), BOUND)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_after_a_trouble_it_is_opened(sealer: Sealer, key: str) -> None:
    sealed = sealer.seal(SECRET, BOUND)
    boto3.client("kms").disable_key(KeyId=key)
    with pytest.raises(KeyServiceUnavailable):
        Sealer(Stubbed(refused("DisabledException")), key).open(sealed, BOUND)
    boto3.client("kms").enable_key(KeyId=key)
    assert sealer.open(sealed, BOUND) == SECRET


def test_the_errors_have_codes_of_their_own() -> None:
    errors: list[type[DeskshiftError]] = [KeyServiceUnavailable, SealBroken]
    assert [one.code for one in errors] == ["key_service_unavailable", "seal_broken"]


def test_no_log_shows_a_secret_not_even_botocores(sealer: Sealer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sealer.open(sealer.seal(SECRET, BOUND), BOUND)
    for shown in (SECRET.decode(), base64.b64encode(SECRET).decode()):
        assert shown not in caplog.text


def test_nothing_in_the_table_shows_a_token(sealer: Sealer, custody_table: str, region: str) -> None:
    sealed = SealedToken(
        account_id="acme",
        reissue_id="reissue-abc",
        ciphertext=seal_token(sealer, TOKEN, BOUND),
        sealed_at="2026-12-01T12:00:00.000Z",
        expires_at="2026-12-01T12:15:00.000Z",
    )
    tokens = SealedTokens(custody_table, region)
    tokens.verified(tokens.put(sealed), "new")
    lies = everything(custody_table)
    assert "reissue-abc" in lies
    for shown in ("canary", base64.b64encode(b"canary").decode().rstrip("="), "Y2FuYXJ5", "ZXhwaXJlc19pbg"):
        assert shown not in lies
    found = tokens.find("acme", "reissue-abc")
    assert found is not None
    assert found.ciphertext is not None
    assert open_token(sealer, found.ciphertext, BOUND) == TOKEN
