"""Requests whose key, modulus or very octets were there before, and files whose names deceive."""

from cryptography.hazmat.primitives.asymmetric import ec

from tests.corpus.build import CN, Vector, Vectors, called, csr, name, part
from tests.corpus.keys import Rsa, curve, numbers, private_curve, rsa
from tests.offline_root.request.derived import pem

WHY = (
    "One key, one certificate: a key that was certified before, for another environment or as a root, ties together "
    "what must be apart, and a request that comes twice is answered once."
)
WHY_NAMES = (
    "The name of a file is text from outside: it is shown, and it may say another environment than the paper does."
)

ROOT = private_curve("root")
"""The key of the root that the corpus is held against."""

_EARLIER = csr(by=curve("two"))
_PROD = csr(subject=called("PrivSec Intermediate CA (prod)"), by=curve("three"))


def histories() -> Vectors:
    """Yield them all, each with what was answered before it."""
    earlier, prod = "history/earlier.der", "history/prod.der"
    yield Vector("history/modulus.der", "good: RSA, answered before one below", csr(by=rsa("rsa-4096-two")))
    of_root = Vector("history/root-key.der", "the root's own key", csr(by=curve("root")))
    yield Vector(earlier, "good: answered before those below", _EARLIER)
    yield Vector(prod, "good: of prod, answered before those below", _PROD, environment="prod")
    yield Vector(of_root.file, of_root.what, of_root.content, after=((of_root.file, "root"),))
    again = csr(subject=name(part(CN, "PrivSec Intermediate CA (test)")), by=curve("two"))
    for file, what, content, after in (
        ("replay", "the same request again", _EARLIER, ((earlier, "test"),)),
        ("replay-other-environment", "a request of test that was answered for prod", _EARLIER, ((earlier, "prod"),)),
        ("earlier-key", "a new request with the key of an earlier one", again, ((earlier, "test"),)),
        ("key-of-another-environment", "the key of the environment prod", csr(by=curve("three")), ((prod, "prod"),)),
        (
            "same-modulus",
            "an RSA key certified before, with another exponent",
            _same_modulus(),
            (("history/modulus.der", "test"),),
        ),
        (
            "other-key",
            "good: another key than the earlier one",
            csr(by=curve("four", ec.SECP256R1)),
            ((earlier, "test"),),
        ),
    ):
        yield Vector(f"history/{file}.der", what, content, after=after)
    text = pem(_EARLIER).encode()
    yield Vector("history/replay.pem", "the same request again, in another form", text, after=((earlier, "test"),))


def _same_modulus() -> bytes:
    good = numbers("rsa-4096-two")
    for exponent in (65539, 65543, 65551, 65557):
        if (good.p - 1) % exponent and (good.q - 1) % exponent:
            return csr(by=Rsa(good.p, good.q, exponent).key(), hash_="sha256")
    raise AssertionError


def names() -> Vectors:
    """Yield a good request under names that deceive."""
    for number, (what, called_) in enumerate(
        (
            ("the file is named after another environment", "prod.csr"),
            ("the file is named after another environment, among other words", "2026-11 PROD-ca (2).csr"),
            ("the file's name is turned around", "test\u202erep.csr"),
            ("the file's name has an escape sequence", "test\x1b[2J.csr"),
            ("the file's name has a line break", "test\nprod.csr"),
            ("the file's name has a space without width", "pr\u200bod.csr"),
            ("good: the file's name says both environments", "prod-and-test.csr"),
            ("good: the file's name begins with a dash", "--help.csr"),
        ),
        start=1,
    ):
        yield Vector(f"name/{number}.pem", what, pem(csr(by=curve("five"))).encode(), name=called_)
