"""Responses for the tests of the response folder: made once, never written to."""

import pytest

from offline_root.model import Der
from offline_root.policy.rehearsal import PREFIX
from tests.fakes.token import FakeTokens
from tests.offline_root.response.folders import Owned, Response, held, owned
from tests.offline_root.station.rooms import fake_room, slip, softhsm_room


@pytest.fixture(scope="session")
def response(tmp_path_factory: pytest.TempPathFactory) -> Response:
    """Return the response of a real ceremony on SoftHSM: two certificates and a refusal."""
    base = tmp_path_factory.mktemp("response")
    return held(softhsm_room(base / "home"), base / "stick")


@pytest.fixture(scope="session")
def p256(tmp_path_factory: pytest.TempPathFactory) -> Response:
    """Return the response of an authority whose audit key is ECDSA P-256, on a FAKE token."""
    base = tmp_path_factory.mktemp("p256")
    return held(fake_room(base / "home", tokens=FakeTokens(without_ed25519=True)), base / "stick")


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Owned:
    """Return the response of another authority of the same name, made from scratch under other keys."""
    base = tmp_path_factory.mktemp("foreign")
    return owned(fake_room(base / "home"), base / "stick")


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Response:
    """Return the response of a rehearsal."""
    base = tmp_path_factory.mktemp("rehearsal")
    asked = slip("test", PREFIX + "PrivSec Intermediate CA (test) G1")
    return held(softhsm_room(base / "home", rehearsal=True), base / "stick", asked)


@pytest.fixture(scope="session")
def root(response: Response) -> Der:
    """Return a root certificate."""
    return Der(response.files["root-ca.der"])
