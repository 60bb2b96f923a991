"""The option that rewrites the pictures of the screens, and what the tests of the screens share."""

from pathlib import Path

import pytest

from tests.tui.desks import FakeDesk, fake_desk


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-screens", action="store_true", help="rewrite tests/tui/screens/ (then look at them)")


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """Return a FAKE desk, for this test alone."""
    return fake_desk(tmp_path)
