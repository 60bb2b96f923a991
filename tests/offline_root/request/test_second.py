"""The second parser: it is asked for every field, and whatever it does not read the same way refuses."""

from dataclasses import replace

import pytest

from offline_root import der
from offline_root.model import Der
from offline_root.request.second import _second, disagreements
from offline_root.request.structure import Extension, Parts, take_apart
from tests.authorities import csr
from tests.offline_root.request.derived import FOLDER, octets_of

ASKING = Der(octets_of(FOLDER.joinpath("openssl-extensions.pem").read_text()))


def parts(request: Der = ASKING) -> Parts:
    found = take_apart(request)
    assert isinstance(found, Parts)
    return found


def said(request: Der, read: Parts) -> list[str]:
    return [each.message for each in disagreements(request, read)]


def another(field: str) -> list[str]:
    return [f"The second parser reads another {field} out of the request."]


def test_a_request_with_many_extensions_is_read_alike() -> None:
    assert len(parts().extensions) > 5
    assert {each.critical for each in parts().extensions} == {True, False}
    assert said(ASKING, parts()) == []


def test_another_key_is_noticed() -> None:
    assert said(ASKING, replace(parts(), public_key=parts(Der(csr())).public_key)) == another("public key")


@pytest.mark.parametrize("change", ["fewer", "order", "type", "critical", "value"])
def test_other_extensions_are_noticed(change: str) -> None:
    first, *rest = parts().extensions
    changed: dict[str, tuple[Extension, ...]] = {
        "fewer": tuple(rest),
        "order": (*rest, first),
        "type": (replace(first, oid="1.2.3"), *rest),
        "critical": (replace(first, critical=not first.critical), *rest),
        "value": (replace(first, value=first.value + b"\0"), *rest),
    }
    assert said(ASKING, replace(parts(), extensions=changed[change])) == another("extensions")


def test_another_version_is_read() -> None:
    """The structure refuses it first; so this asks the second parser alone."""
    info, *rest = der.element(ASKING).children()
    version, *members = info.children()
    assert version.raw == b"\x02\x01\x00"
    changed = der.sequence(der.sequence(b"\x02\x01\x01", *(each.raw for each in members)), *(each.raw for each in rest))
    assert (_second(ASKING).version, _second(changed).version) == (0, 1)


def test_what_it_cannot_read_is_a_disagreement_in_one_line() -> None:
    request = Der(FOLDER.joinpath("encoding/tags-odd.der").read_bytes())
    (message,) = said(request, parts(request))
    assert message.startswith("The second parser cannot read it: Unknown element")
    assert "U+000A" not in message
