"""A day as the commands of `deskshift billing` take it."""

import re
from datetime import date

from infra.cli.errors import bad_option

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def day(option: str, text: str) -> date:
    """Read a day.

    Raises:
        InputRefused: it is no day of the calendar, or is written in another way than YYYY-MM-DD.
    """
    # fromisoformat alone would also take week dates and dates without hyphens.
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise bad_option(option, repr(text[:40]), "a date of the calendar as YYYY-MM-DD")
