"""What a run could not look at is said at its end, and what the tried modules support."""

import os
from collections.abc import Generator
from unittest.mock import patch

import pytest
from hypothesis import settings

from tests.e2e.validators import missing
from tests.modules.table import table

# Nothing is timed: a slow machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Leave a test marked `no_cover`, and its child processes, in peace: coverage would double its time."""
    with patch.dict(os.environ):
        if item.get_closest_marker("no_cover"):
            os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which validators are not on this machine: docs/validators.md was not compared with them."""
    if absent := missing():
        terminalreporter.write_line(f"NOT ON THIS MACHINE, so not asked: the validators {', '.join(absent)}", bold=True)
    reports = terminalreporter.getreports("passed")
    noted = [value for report in reports for name, value in report.user_properties if name == "module"]
    for line in table(noted):
        terminalreporter.write_line(line)
