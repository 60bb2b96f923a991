"""Rooms for the tests of a station: made once, copied for each test."""

from pathlib import Path

import pytest

from tests.offline_root.station.calls import Call, traced
from tests.offline_root.station.commands import sign_arguments
from tests.offline_root.station.rooms import Room, fake_room, slip, softhsm_room


@pytest.fixture(scope="session")
def softhsm_template(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Return an authority on SoftHSM that nobody uses up."""
    return softhsm_room(tmp_path_factory.mktemp("softhsm") / "home")


@pytest.fixture
def room(softhsm_template: Room, tmp_path: Path) -> Room:
    """Return an authority on SoftHSM, for this test alone."""
    return softhsm_template.copy(tmp_path / "home")


@pytest.fixture(scope="session")
def fake_template(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Return an authority on a FAKE token that nobody uses up."""
    return fake_room(tmp_path_factory.mktemp("fake") / "home")


@pytest.fixture
def fake(fake_template: Room, tmp_path: Path) -> Room:
    """Return an authority on a FAKE token, for this test alone."""
    return fake_template.copy(tmp_path / "home")


@pytest.fixture(scope="session")
def calls(softhsm_template: Room, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Call], Path]:
    """Return the system calls of one whole `offline-root sign` of one request, and its stick."""
    base = tmp_path_factory.mktemp("traced")
    room, stick = softhsm_template.copy(base / "home"), base / "stick"
    return traced(room, sign_arguments(room, slip(), stick), base / "strace"), stick
