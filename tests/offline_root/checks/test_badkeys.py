"""badkeys, a program that looks for weak keys, as a second opinion on our own checks of RSA keys."""

import pytest
from badkeys.checks import checkrsa

from offline_root.checks import REQUEST_CHECKS
from offline_root.findings import run
from tests import weak_keys
from tests.offline_root.checks.cases import request_case

KEYS = weak_keys.keys()
# Its list of leaked keys is a download, without which it ends the whole program: so the checks are named.
OFFLINE = ("fermat", "roca", "rsainvalid", "rsapoly", "sharedprimes", "smalld", "smallfactors")
ONLY_OURS = {"prime": "badkeys does not ask whether a modulus is a prime"}
"""Keys that badkeys takes for good ones."""


def ours(name: str) -> set[str]:
    """Return what our checks have against the number of an RSA key, not against its size."""
    found = run(REQUEST_CHECKS, request_case(KEYS[name].request()))
    return {each.code for each in found if each.code.startswith("request.key.rsa-")}


@pytest.mark.parametrize("name", KEYS)
def test_finds_what_we_find(name: str) -> None:
    theirs = set(checkrsa(KEYS[name].modulus, KEYS[name].exponent, checks=OFFLINE))
    assert bool(ours(name)) == bool(theirs or name in ONLY_OURS)
    assert not (theirs and name in ONLY_OURS)
