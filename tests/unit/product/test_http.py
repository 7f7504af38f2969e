"""The HTTP client against a server that misbehaves: repeats, waits, limits, and never a token in an error."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from deskshift.connectors import http
from deskshift.connectors.http import VendorClient
from deskshift.connectors.pace import CAPTURE_SHARE, CAPTURE_WORKERS, REISSUE_WORKERS, Pace, Worker, share
from deskshift.connectors.patience import patient_for
from deskshift.model.errors import (
    AnswerTooLarge,
    DeskshiftError,
    VendorAnswerInvalid,
    VendorRefused,
    VendorUnavailable,
)
from tests.support.passing_clock import Clock

TOKEN = "token-that-must-stay-secret"
OK: tuple[int, dict[str, str], bytes] = (200, {}, b'{"a": 1}')


@dataclass
class Server:
    """Answers with a list of answers, the last one for ever; None closes the connection without a word."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=lambda: [OK])
    seen: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)
    holds: float = 0.0


class _Thing(msgspec.Struct):
    a: int


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            made.seen.append((self.command, self.path, body, dict(self.headers.items())))
            answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            time.sleep(made.holds)
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving.daemon_threads = True
    thread = threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{serving.server_port}"
    yield made
    serving.shutdown()
    serving.server_close()
    thread.join()


def client(server: Server, clock: Clock, per_second: float = 1e9) -> VendorClient:
    pace = Pace(per_second, clock.time, clock.sleep)
    return VendorClient(server.url, TOKEN, pace, urllib3.Timeout(connect=1, read=1), clock.sleep)


class Heard:
    """Keeps what the client tells."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def called(self) -> None:
        self.told.append("called")

    def throttled(self) -> None:
        self.told.append("throttled")

    def failed(self) -> None:
        self.told.append("failed")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([(200, {}, b'{"a": 1}')], ["called"]),
        ([(429, {}, b"{}"), (200, {}, b'{"a": 1}')], ["called", "throttled", "called"]),
        ([(503, {}, b"{}"), None, (200, {}, b'{"a": 1}')], ["called", "failed", "called", "failed", "called"]),
    ],
)
def test_who_watches_hears_of_each_call_and_the_platform_of_what_it_is_for(
    server: Server, answers: list[Any], told: list[str]
) -> None:
    clock, heard = Clock(), Heard()
    server.answers = answers
    pace, timeout = Pace(1e9, clock.time, clock.sleep), urllib3.Timeout(connect=1, read=1)
    client = VendorClient(server.url, TOKEN, pace, timeout, clock.sleep, calls=heard, correlation=lambda: "chat-1")
    assert client.json("GET", "/v1/things", _Thing) == _Thing(1)
    assert heard.told == told
    assert {headers["x-correlation-id"] for *_, headers in server.seen} == {"chat-1"}


def raised(server: Server, clock: Clock, method: str = "GET") -> DeskshiftError:
    with pytest.raises(DeskshiftError) as caught:
        client(server, clock).json(method, "/v1/things", _Thing, body={"text": "secret words"})
    shown = repr(caught.value) + str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert TOKEN not in shown
    assert "secret words" not in shown
    return caught.value


def test_a_call_bears_the_token_the_query_and_the_body(server: Server) -> None:
    got = client(server, Clock()).json("POST", "/v1/things", _Thing, query={"a": "x y&", "b": 1, "c": None}, body=[1])
    method, path, body, headers = server.seen[0]
    assert got == _Thing(1)
    assert (method, path, body) == ("POST", "/v1/things?a=x+y%26&b=1", b"[1]")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_be_mended_by_waiting_is_tried_six_times(server: Server, status: int) -> None:
    clock = Clock()
    server.answers = [(status, {}, b'{"error": {"code": "busy", "message": "secret words"}}')]
    error = raised(server, clock)
    assert isinstance(error, VendorUnavailable)
    assert str(error) == f"GET /v1/things: {status} busy"
    assert len(server.seen) == 6
    assert len(clock.slept) == 5
    assert all(0 <= slept <= 0.1 * 2**n for n, slept in enumerate(clock.slept))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 501])
def test_what_no_repetition_mends_is_said_at_once(server: Server, status: int) -> None:
    server.answers = [(status, {}, b'{"error": {"code": "no_way", "message": "secret words"}}')]
    error = raised(server, Clock())
    assert isinstance(error, VendorRefused)
    assert (error.status, error.vendor_code, len(server.seen)) == (status, "no_way", 1)


@pytest.mark.parametrize("body", [b"", b"<html>secret words</html>", b"[]", b'{"error": "secret words"}', b"\xff"])
def test_a_refusal_of_another_form_has_an_unknown_code(server: Server, body: bytes) -> None:
    server.answers = [(400, {}, body)]
    error = raised(server, Clock())
    assert isinstance(error, VendorRefused)
    assert error.vendor_code == "unknown"


@pytest.mark.parametrize("answer", [None, (429, {"retry-after": "1"}, b""), (503, {}, b'{"error": {"code": "busy"}}')])
def test_what_may_not_be_repeated_is_sent_once(server: Server, answer: Any) -> None:  # noqa: ANN401 - an answer
    clock = Clock()
    server.answers = [answer, OK]
    with pytest.raises(VendorUnavailable):
        client(server, clock).call("POST", "/v1/codes", body=b"code", repeat=False)
    assert (len(server.seen), clock.slept) == (1, [])


def test_the_codes_of_who_may_repeat_a_secret_are_not_passed_on(server: Server) -> None:
    clock = Clock()
    server.answers = [(503, {}, b'{"error": {"code": "secret words"}}')]
    pace, timeout = Pace(1e9, clock.time, clock.sleep), urllib3.Timeout(connect=1, read=1)
    with pytest.raises(VendorUnavailable) as caught:
        VendorClient(server.url, None, pace, timeout, clock.sleep, codes=False).call("GET", "/v1/things")
    assert str(caught.value) == "GET /v1/things: 503"


def test_an_answer_prints_nothing_of_its_body(server: Server) -> None:
    assert repr(client(server, Clock()).call("GET", "/v1/things")) == "Answer(200, …)"


def test_it_goes_on_once_the_platform_answers(server: Server) -> None:
    server.answers = [None, (503, {}, b""), None, OK]
    assert client(server, Clock()).json("GET", "/v1/things", _Thing) == _Thing(1)
    assert len(server.seen) == 4


def test_a_server_that_closes_every_connection_is_unavailable(server: Server) -> None:
    server.answers = [None]
    error = raised(server, Clock(), "POST")
    assert isinstance(error, VendorUnavailable)
    assert len(server.seen) == 6
    assert str(error) == "POST /v1/things: ProtocolError"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    clock = Clock()
    error = raised(Server(url="http://127.0.0.1:1"), clock)
    assert isinstance(error, VendorUnavailable)
    assert len(clock.slept) == 5


def test_retry_after_is_waited_for_in_full_and_holds_everyone_of_the_pace(server: Server) -> None:
    clock = Clock()
    server.answers = [(429, {"retry-after": "7"}, b""), (503, {"retry-after": "3"}, b""), OK]
    used = client(server, clock)
    used.json("GET", "/v1/things", _Thing)
    assert len(server.seen) == 3
    assert clock.now >= 1010.0
    assert clock.now < 1010.1


@pytest.mark.parametrize("retry_after", [None, "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_platform_that_asks_for_longer_than_a_step_may_wait_is_unavailable_at_once(
    server: Server, retry_after: str | None
) -> None:
    clock = Clock()
    longest = http._LONGEST_CALL  # noqa: SLF001 - the limit itself is what is tested
    server.answers = [(429, {"retry-after": retry_after or str(int(longest) + 1)}, b"")]
    error = raised(server, clock)
    assert isinstance(error, VendorUnavailable)
    assert len(server.seen) == 1
    assert clock.slept == []


def test_where_somebody_waits_at_a_browser_no_call_goes_on_for_longer(server: Server) -> None:
    clock = Clock()
    server.answers = [(503, {"retry-after": "7"}, b"")]
    with patient_for(5):
        assert isinstance(raised(server, clock), VendorUnavailable)
    assert (len(server.seen), clock.slept) == (1, [])


def test_a_platform_that_does_not_answer_is_waited_for_as_long_as_somebody_waits(server: Server) -> None:
    server.holds = 3.0
    began = time.monotonic()
    with patient_for(0.3):
        assert isinstance(raised(server, Clock()), VendorUnavailable)
    assert time.monotonic() - began < 2


def test_whom_a_pace_holds_up_for_longer_than_somebody_waits_calls_nobody(server: Server) -> None:
    clock = Clock()
    pace = Pace(1000, clock.time, clock.sleep)
    pace.hold(60)
    used = VendorClient(server.url, TOKEN, pace, urllib3.Timeout(1), clock.sleep)
    with patient_for(5), pytest.raises(VendorUnavailable, match="no time"):
        used.json("GET", "/v1/things", _Thing)
    assert (server.seen, clock.slept) == ([], [])


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_that_is_over_or_cannot_be_read_keeps_nobody_waiting(server: Server, value: str) -> None:
    clock = Clock()
    server.answers = [(503, {"retry-after": value}, b""), OK]
    client(server, clock).json("GET", "/v1/things", _Thing)
    assert len(server.seen) == 2
    assert clock.now < 1001.0


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_over_the_limit_is_not_held(server: Server, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(http, "_MAX_ANSWER", 1000)
    server.answers = [(status, {}, b"x" * 1001)]
    error = raised(server, Clock())
    assert isinstance(error, AnswerTooLarge)
    assert str(error) == "GET /v1/things: more than 1000 bytes"
    server.answers = [(200, {}, b'{"a": 1}'.ljust(1000))]
    assert client(server, Clock()).json("GET", "/v1/things", _Thing) == _Thing(1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": "secret words"}', b"{}", b"\xff\xfe"])
def test_an_answer_of_another_shape_is_said_without_its_words(server: Server, body: bytes) -> None:
    server.answers = [(200, {}, body)]
    error = raised(server, Clock())
    assert isinstance(error, VendorAnswerInvalid)
    assert str(error).startswith("GET /v1/things: ")
    assert len(server.seen) == 1


def test_a_redirect_is_not_followed_for_it_would_carry_the_token(server: Server) -> None:
    server.answers = [(302, {"location": f"{server.url}/elsewhere"}, b"{}")]
    with pytest.raises(DeskshiftError):
        client(server, Clock()).json("GET", "/v1/things", _Thing)
    assert [path for _, path, _, _ in server.seen] == ["/v1/things"]


# --- Pace (X-06) ---


def test_calls_are_spaced_evenly() -> None:
    clock = Clock()
    pace = Pace(4, clock.time, clock.sleep)
    at = []
    for _ in range(5):
        pace.wait()
        at.append(clock.now)
    assert at == [1000.0, 1000.25, 1000.5, 1000.75, 1001.0]


def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(2, clock.time, clock.sleep)
    pace.wait()
    clock.now += 60
    at = []
    for _ in range(3):
        pace.wait()
        at.append(clock.now)
    assert at == [1060.0, 1060.5, 1061.0]


def test_a_hold_is_kept_and_a_shorter_one_does_not_shorten_it() -> None:
    clock = Clock()
    pace = Pace(10, clock.time, clock.sleep)
    pace.hold(5)
    pace.hold(1)
    pace.wait()
    assert clock.now == 1005.0


WORKERS: list[Worker] = ["step", "import", "capture", "reissue"]


@given(st.floats(0.5, 10_000), st.integers(1, 50))
def test_what_runs_at_the_same_time_stays_within_the_budget(budget: float, concurrency: int) -> None:
    captures = CAPTURE_WORKERS * share("capture", budget, concurrency)
    imports = concurrency * share("import", budget, concurrency)
    assert imports + captures <= budget * 1.000001
    assert share("step", budget, concurrency) + captures <= budget * 1.000001
    assert REISSUE_WORKERS * share("reissue", budget, concurrency) + captures <= budget * 1.000001
    assert captures == pytest.approx(budget * CAPTURE_SHARE)
    assert all(share(worker, budget, concurrency) > 0 for worker in WORKERS)
