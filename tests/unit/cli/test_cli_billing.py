"""`deskshift billing prorate` and `schedule`: what they say in words and as JSON, and what they refuse."""

import json

import pytest

from infra.cli.main import main

PRORATE = {
    "--price": "249.95",
    "--currency": "USD",
    "--from": "2016-05-17",
    "--to": "2016-05-20",
    "--anchor": "2016-05-20",
    "--period": "month",
}
SCHEDULE = {"--anchor": "2024-01-31", "--start": "2024-02-01", "--count": "3", "--period": "month"}


def prorate(*flags: str, **changed: str) -> list[str]:
    return ["billing", "prorate", *_words(PRORATE | _options(changed)), *flags]


def schedule(*flags: str, **changed: str) -> list[str]:
    return ["billing", "schedule", *_words(SCHEDULE | _options(changed)), *flags]


def _options(changed: dict[str, str]) -> dict[str, str]:
    return {f"--{name.strip('_').replace('_', '-')}": text for name, text in changed.items()}


def _words(options: dict[str, str]) -> list[str]:
    return [word for pair in options.items() for word in pair]


def told(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> list[str]:
    assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_json_has_amount_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(capsys, prorate("--json"))[0]) == {
        "amount": "25.00",
        "currency": "USD",
        "lines": [
            {
                "period": {"start": "2016-05-17", "end": "2016-05-20"},
                "numerator": 3,
                "denominator": 30,
                "amount": "25.00",
                "amount_minor": 2500,
            }
        ],
    }


def test_json_has_tax_and_total_with_a_rate(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, prorate("--json", to="2016-08-01", tax_rate="8.5"))[0])
    assert [line["amount_minor"] for line in found["lines"]] == [2500, 49990, 9675]
    assert (found["amount"], found["tax"], found["total"]) == ("621.65", "52.84", "674.49")


@pytest.mark.parametrize(("code", "amount"), [("USD", "0.00"), ("JPY", "0"), ("KWD", "0.000")])
def test_an_empty_span_is_zero_without_lines(capsys: pytest.CaptureFixture[str], code: str, amount: str) -> None:
    found = json.loads(told(capsys, prorate("--json", to="2016-05-17", currency=code, tax_rate="20"))[0])
    assert found == {"amount": amount, "currency": code, "lines": [], "tax": amount, "total": amount}


def test_an_empty_span_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, prorate(to="2016-05-17")) == [
        "249.95 USD a month, from 2016-05-17 up to, not including, 2016-05-17: 0.00 USD.",
        "There is no day to charge for.",
    ]


def test_a_stub_is_told_with_its_tie(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, prorate()) == [
        "249.95 USD a month, from 2016-05-17 up to, not including, 2016-05-20: 25.00 USD.",
        "  3 of the 30 days from 2016-04-20 to 2016-05-20: 249.95 x 3/30 = 24.995, rounded to 25.00",
    ]


def test_each_line_sum_and_tax_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = prorate(price="-1000", currency="JPY", to="2016-10-02", anchor="2016-05-31", tax_rate="10")
    assert told(capsys, asked) == [
        "-1000 JPY a month, from 2016-05-17 up to, not including, 2016-10-02: -4517 JPY.",
        "  14 of the 31 days from 2016-04-30 to 2016-05-31: -1000 x 14/31 = -451.612..., rounded to -452",
        "  4 whole months from 2016-05-31 to 2016-09-30: -1000 x 4 = -4000",
        "  2 of the 31 days from 2016-09-30 to 2016-10-31: -1000 x 2/31 = -64.516..., rounded to -65",
        "Each line is rounded once, then added: -452 + -4000 + -65 = -4517.",
        "Tax on the sum: -4517 x 10% = -451.7, rounded to -452.",
        "Total with tax: -4969 JPY.",
    ]


def test_one_whole_period_and_a_price_with_more_decimals_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = prorate(price="0.0055", _from="2016-05-20", to="2017-05-20", period="year")
    assert told(capsys, asked)[1] == (
        "  1 whole year from 2016-05-20 to 2017-05-20: 0.0055 x 1 = 0.0055, rounded to 0.01"
    )


def test_a_schedule_is_told_with_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, schedule()) == [
        (
            "The first 3 monthly dates on or after 2024-02-01, counted from 2024-01-31: "
            "day 31 of the month, or the month's last day where it has none."
        ),
        "  2024-02-29",
        "  2024-03-31",
        "  2024-04-30",
    ]


def test_a_schedule_of_one_date_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, schedule(anchor="2024-05-15", count="1", period="year")) == [
        "The first date of the yearly series on or after 2024-02-01, counted from 2024-05-15: day 15 of the month.",
        "  2024-05-15",
    ]


@pytest.mark.parametrize(("count", "last"), [("1", "2024-02-29"), ("1200", "2124-01-31")])
def test_a_schedule_has_as_many_dates_as_asked(capsys: pytest.CaptureFixture[str], count: str, last: str) -> None:
    dates = json.loads(told(capsys, schedule("--json", count=count))[0])["dates"]
    assert (len(dates), dates[-1]) == (int(count), last)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (prorate(price="24x"), "--price: found '24x'; allowed: a decimal number"),
        (prorate(price=""), "--price: found ''"),
        (prorate(price="1e5"), "--price: found '1e5'"),
        (prorate(currency="usd"), "--currency: found 'usd'; allowed: a currency of ISO 4217"),
        (prorate(_from="2016-05-32"), "--from: found '2016-05-32'; allowed: a date of the calendar as YYYY-MM-DD"),
        (prorate(_from="20160517"), "--from: found '20160517'"),
        (prorate(_from="2016-W20-2"), "--from: found '2016-W20-2'"),
        (prorate(to="2016-05-2٣"), "--to: found"),
        (prorate(to="2015-02-29"), "--to: found '2015-02-29'"),
        (prorate(_from="2016-05-21"), "--from: found 2016-05-21; allowed: a date not after --to, which is 2016-05-20"),
        (prorate(anchor="soon"), "--anchor: found 'soon'"),
        (prorate(period="week"), "--period: found 'week'; allowed: month, quarter, year"),
        (prorate(tax_rate="x"), "--tax-rate: found 'x'; allowed: a decimal number"),
        (prorate(tax_rate="-1"), "--tax-rate: found '-1'; allowed: per cent from 0 to 100"),
        (prorate(tax_rate="100.01"), "--tax-rate: found '100.01'; allowed: per cent from 0 to 100"),
        (prorate(_from="9999-12-25", to="9999-12-31"), "--from, --to: found a boundary in the year 10000; allowed"),
        (prorate(_from="0001-01-01", to="0001-01-05"), "--from, --to: found a boundary in the year 0; allowed"),
        (schedule(count="0"), "--count: found '0'; allowed: a whole number from 1 to 1200"),
        (schedule(count="1201"), "--count: found '1201'"),
        (schedule(count="-3"), "--count: found '-3'"),
        (schedule(count="1.5"), "--count: found '1.5'"),
        (schedule(start="tomorrow"), "--start: found 'tomorrow'"),
        (schedule(period="Month"), "--period: found 'Month'"),
        (schedule(start="9999-12-01"), "--start, --count: found a boundary in the year 10000; allowed"),
        (schedule(start="0001-01-01", anchor="9999-12-31", period="quarter"), "--start, --count: found a boundary"),
        (["billing", "prorate", "--price", "1"], "the following arguments are required: --currency, --from, --to"),
        (["billing", "schedule"], "the following arguments are required: --start, --count, --anchor, --period"),
        (["billing"], "the following arguments are required: COMMAND"),
    ],
)
def test_each_option_is_checked(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"deskshift: {words}")
    assert "[invalid_option]" in said.err


def test_the_calendars_last_days_can_be_charged(capsys: pytest.CaptureFixture[str]) -> None:
    asked = prorate("--json", price="999999999999999.99", _from="0001-02-20", to="9999-12-20")
    found = json.loads(told(capsys, asked)[0])
    assert found["amount"] == "119985999999999998800.14"
