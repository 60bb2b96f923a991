"""A YubiHSM 2 of its own for each test: Yubico's module before a simulated device."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hsm import Token, TokenKey
from tests.modules.device.doings import OPERATING, initialized, made
from tests.modules.stands import STANDS, Stand


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with STANDS["yubihsm"](tmp_path) as made:
        yield made


@pytest.fixture
def ready(stand: Stand) -> Iterator[tuple[Token, TokenKey]]:
    with initialized(stand) as token:
        key = made(token)
        token.device.end_set_up(OPERATING)
        yield token, key
