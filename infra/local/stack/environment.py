"""The process environment while a stack is open: fake credentials, one region, nothing of the real AWS."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

FAKE_ACCESS_KEY = "local"
AWS_PREFIXES = ("AWS_", "BOTO_", "_X_AMZN_")


@contextlib.contextmanager
def isolated_environment(region: str) -> Iterator[None]:
    """Take away every AWS variable, give fake ones, and put all back as it was at the end."""
    fake = {
        "AWS_ACCESS_KEY_ID": FAKE_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": FAKE_ACCESS_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(AWS_PREFIXES)]:
            del os.environ[name]
        os.environ.update(fake)
        yield
