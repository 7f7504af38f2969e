"""A pytest plugin that says at the end which file a module was imported from: was it the mutated one?"""

import os
import sys

import pytest

MODULE = "MUTATED_MODULE"
"""The environment variable that names the module."""
SAID = "imported from "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it."""
    module = sys.modules.get(os.environ[MODULE])
    terminalreporter.write_line(f"{SAID}{'nowhere' if module is None else module.__file__}")
