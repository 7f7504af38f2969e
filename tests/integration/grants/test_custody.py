"""What deskshift holds while it is the client: a state is used once, a sealed token has one writer, all is sealed."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import boto3
import msgspec
import pytest

from deskshift.domain.tokens.callback import hashed
from deskshift.model.custody import BrokeredSession, SealedToken
from deskshift.model.errors import LateWriter
from deskshift.store.sealed_tokens import SealedTokens
from deskshift.store.sessions import Sessions
from tests.support.lost_answers import answer_lost

STATE, BINDING = "state-canary", "cookie-canary"
SESSION = BrokeredSession(
    state_hash=hashed(STATE),
    account_id="acme",
    reissue_id="reissue-1",
    binding_hash=hashed(BINDING),
    issuer="https://issuer.example",
    redirect_uri="https://deskshift.example/callback",
    created_at="2026-12-01T12:00:00.000Z",
    expires_at="2026-12-01T12:10:00.000Z",
    sealed_verifier=b"\x00sealed",
)
SEALED = SealedToken(
    account_id="acme",
    reissue_id="reissue-1",
    ciphertext=b"\x00\xffsealed",
    sealed_at="2026-12-01T12:00:00.000Z",
    expires_at="2026-12-01T12:15:00.000Z",
)
LATER = "2026-12-01T12:05:00.000Z"


@pytest.fixture
def sessions(custody_table: str, region: str) -> Sessions:
    return Sessions(custody_table, region)


@pytest.fixture
def tokens(custody_table: str, region: str) -> SealedTokens:
    return SealedTokens(custody_table, region)


def test_a_session_comes_back_as_it_was(sessions: Sessions) -> None:
    sessions.put(SESSION)
    assert sessions.find(SESSION.state_hash) == SESSION
    assert sessions.find(hashed("another")) is None


def test_a_state_is_not_given_twice(sessions: Sessions) -> None:
    sessions.put(SESSION)
    with pytest.raises(LateWriter):
        sessions.put(msgspec.structs.replace(SESSION, binding_hash=hashed("another browser")))
    assert sessions.find(SESSION.state_hash) == SESSION


def test_of_32_callbacks_one_uses_a_state(sessions: Sessions) -> None:
    sessions.put(SESSION)
    ready = Barrier(32)

    def claim(number: int) -> BrokeredSession | None:
        ready.wait(30)
        return sessions.claim(SESSION.state_hash, f"callback-{number}")

    with ThreadPoolExecutor(32) as pool:
        found = [one for one in pool.map(claim, range(32)) if one is not None]
    (one,) = found
    assert (
        sessions.find(SESSION.state_hash)
        == one
        == msgspec.structs.replace(SESSION, claim=one.claim, sealed_verifier=None)
    )


def test_a_state_that_nobody_began_with_is_not_used_and_nothing_is_made_of_it(sessions: Sessions) -> None:
    assert sessions.claim(hashed("guessed"), "callback-1") is None
    assert sessions.find(hashed("guessed")) is None


def test_writes_that_are_sent_twice_meet_themselves(sessions: Sessions) -> None:
    with answer_lost("PutItem") as twice:
        sessions.put(SESSION)
    assert twice == ["PutItem"]
    with answer_lost("UpdateItem") as twice:
        claimed = sessions.claim(SESSION.state_hash, "callback-1")
    assert twice == ["UpdateItem"]
    assert claimed == msgspec.structs.replace(SESSION, claim="callback-1", sealed_verifier=None)
    assert sessions.claim(SESSION.state_hash, "callback-2") is None


def test_a_verifier_lies_sealed_until_its_state_is_claimed(sessions: Sessions, custody_table: str, region: str) -> None:
    def stored() -> bool:
        items = boto3.client("dynamodb", region_name=region).scan(TableName=custody_table)["Items"]
        sealed = SESSION.sealed_verifier or b""
        return str(sealed) in str(items) or base64.b64encode(sealed).decode() in str(items)

    sessions.put(SESSION)
    assert (sessions.find(SESSION.state_hash), stored()) == (SESSION, True)
    sessions.claim(SESSION.state_hash, "callback-1")
    assert not stored()


def test_a_claimed_state_is_not_given_again(sessions: Sessions) -> None:
    sessions.put(SESSION)
    sessions.claim(SESSION.state_hash, "callback-1")
    with pytest.raises(LateWriter):
        sessions.put(SESSION)


def test_a_token_waits_is_verified_collected_and_deleted(tokens: SealedTokens) -> None:
    assert tokens.find("acme", "reissue-1") is None
    kept = tokens.put(SEALED)
    verified = tokens.verified(kept, "new")
    collected = tokens.collected(verified, LATER)
    assert tokens.find("acme", "reissue-1") == collected
    assert (collected.token_id, collected.collected_at, collected.lock) == ("new", LATER, 3)
    assert tokens.collected(collected, "2026-12-01T12:06:00.000Z") == collected
    done = tokens.acknowledged(collected, LATER)
    assert done == msgspec.structs.replace(collected, ciphertext=None, acknowledged_at=LATER, lock=4)
    assert tokens.find("acme", "reissue-1") == done
    assert tokens.acknowledged(done, "2026-12-01T12:07:00.000Z") == done
    assert tokens.forgotten(done) == done


def test_a_token_whose_time_is_over_is_forgotten(tokens: SealedTokens, custody_table: str) -> None:
    forgotten = tokens.forgotten(tokens.put(SEALED))
    assert (forgotten.ciphertext, forgotten.acknowledged_at) == (None, None)
    assert tokens.find("acme", "reissue-1") == forgotten


def test_whoever_comes_late_loses(tokens: SealedTokens) -> None:
    kept = tokens.put(SEALED)
    tokens.verified(kept, "new")
    with pytest.raises(LateWriter):
        tokens.verified(kept, "new")
    with pytest.raises(LateWriter):
        tokens.collected(kept, LATER)
    with pytest.raises(LateWriter):
        tokens.forgotten(kept)


def test_a_token_never_takes_anothers_place_unseen(tokens: SealedTokens) -> None:
    first = tokens.put(SEALED)
    another = msgspec.structs.replace(SEALED, ciphertext=b"another")
    with pytest.raises(LateWriter):
        tokens.put(another)
    forgotten = tokens.forgotten(first)
    with pytest.raises(LateWriter):
        tokens.put(another, instead_of=first)
    kept = tokens.put(another, instead_of=forgotten)
    assert (kept.lock, kept.ciphertext, kept.token_id) == (3, b"another", None)


def test_a_write_of_a_token_that_is_sent_twice_meets_itself_and_nobody_else(tokens: SealedTokens) -> None:
    with answer_lost("PutItem"):
        kept = tokens.put(SEALED)
    with answer_lost("PutItem"):
        verified = tokens.verified(kept, "new")

    def meanwhile() -> None:
        found = tokens.find("acme", "reissue-1")
        assert found is not None
        tokens.acknowledged(found, LATER)

    with answer_lost("PutItem", meanwhile), pytest.raises(LateWriter):
        tokens.collected(verified, LATER)


def test_accounts_never_see_each_others(tokens: SealedTokens) -> None:
    tokens.put(SEALED)
    assert tokens.find("other", "reissue-1") is None
    tokens.put(msgspec.structs.replace(SEALED, account_id="acme#reissue-1", reissue_id="reissue-2"))
    assert tokens.find("acme", "reissue-1#reissue-2") is None


def test_dynamodb_cleans_up_a_day_after_expiry(sessions: Sessions, tokens: SealedTokens, custody_table: str) -> None:
    sessions.put(SESSION)
    sessions.claim(SESSION.state_hash, "callback-1")
    tokens.put(SEALED)
    items = boto3.client("dynamodb").scan(TableName=custody_table)["Items"]
    assert sorted(int(item["expires_at"]["N"]) for item in items) == [
        int(datetime.fromisoformat(f"2026-12-02T12:{minute}:00+00:00").timestamp()) for minute in (10, 15)
    ]


def test_nothing_in_the_table_shows_a_state_or_a_cookie(sessions: Sessions, custody_table: str) -> None:
    sessions.put(SESSION)
    sessions.claim(SESSION.state_hash, "callback-1")
    assert "canary" not in repr(boto3.client("dynamodb").scan(TableName=custody_table)["Items"])
