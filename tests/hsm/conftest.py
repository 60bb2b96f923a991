"""Tokens that the tests of hsm/ use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hsm import KINDS, Token
from tests.hsm.softhsm import FAKE, PIN, Fake, Stored, make_token, program


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Return an empty token of this test alone."""
    return make_token(tmp_path / "token")


@pytest.fixture
def token(stored: Stored) -> Iterator[Token]:
    """Yield the empty token, logged in."""
    with stored.open() as opened:
        yield opened


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Return a function from the bytes of all answers to the program that gives them."""

    def answering(answers: bytes, how: str = "answer") -> tuple[str, ...]:
        file = tmp_path / "answers"
        file.write_bytes(answers)
        return program(FAKE, how, str(file))

    return answering


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Return a token with one key of each kind, labelled by its kind; tests only read it."""
    made = make_token(tmp_path_factory.mktemp("furnished") / "token")
    with made.open() as token:
        for number, kind in enumerate(KINDS, start=1):
            token.generate(kind, label=kind, key_id=bytes([number]), extractable=False)
    return made


@pytest.fixture(scope="session")
def shared(furnished: Stored) -> Iterator[Token]:
    """Yield one client of the token with all kinds of keys: a worker for each test would take most of the time."""
    with furnished.attach() as token:
        yield token


@pytest.fixture
def keys(shared: Token) -> Token:
    """Return the token with one key of each kind, logged in; tests do not end its worker."""
    shared.login(PIN)
    return shared
