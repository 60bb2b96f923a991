"""Tokens that the tests of hsm/ use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hsm import KINDS, Token
from tests.hsm.softhsm import PIN, Stored, make_token


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Return an empty token of this test alone."""
    return make_token(tmp_path / "token")


@pytest.fixture
def token(stored: Stored) -> Iterator[Token]:
    """Yield the empty token, logged in."""
    with stored.open() as opened:
        yield opened


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Return a token with one key of each kind, labelled by its kind; tests only read it."""
    made = make_token(tmp_path_factory.mktemp("furnished") / "token")
    with made.open() as token:
        for number, kind in enumerate(KINDS, start=1):
            token.generate(kind, label=kind, key_id=bytes([number]), extractable=False)
    return made


@pytest.fixture
def keys(furnished: Stored) -> Iterator[Token]:
    """Yield the token with one key of each kind, logged in."""
    with furnished.attach() as token:
        token.login(PIN)
        yield token
