import datetime as dt

import pytest

from infra.local.stack.machine_time import parsed_timestamp

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-02T12:00:00Z", NOON),
        ("2026-01-02T12:00:00.000Z", NOON),
        ("2026-01-02T13:30:00+01:30", NOON),
        ("2026-01-02T12:00:00.250Z", NOON.replace(microsecond=250_000)),
        ("2026-01-02T12:00:00", None),
        ("2026-01-02 12:00:00Z", None),
        ("2026-13-02T12:00:00Z", None),
        ("soon", None),
        (5, None),
    ],
)
def test_timestamps(written: object, expected: dt.datetime | None) -> None:
    assert parsed_timestamp(written) == expected
