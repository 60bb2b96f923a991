"""A review with every check, pkilint's too, of the usual kinds of keys, against `openssl req -verify`."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from offline_root.checks.rsa import seems_prime
from offline_root.model import SigningRequest
from offline_root.request.reader import read_request
from tests.bench.figures import Figure, run
from tests.corpus import keys
from tests.corpus.folder import index
from tests.corpus.judge import authority

_FILES = {"RSA-4096": "key/rsa-4096.der", "P-384": "key/p-384.der"}
_TIMES = 20


def measure() -> Iterator[Figure]:
    """Measure reading and reviewing, after the first time: that one loads the linter."""
    unit = _verification()
    yield Figure("one RSA-4096 signature verified by cryptography", unit * 1000, "ms")
    for kind, file in _FILES.items():
        content = index()[file].content
        read = read_request(file, content)
        assert isinstance(read, SigningRequest)
        began = time.process_time()
        authority().review(read)
        yield Figure(f"the first review of a {kind} request", (time.process_time() - began) * 1000, "ms")
        reading = seconds(partial(read_request, file, content), _TIMES)
        reviewing, again = (seconds(partial(_review, read, known), _TIMES) for known in (False, True))
        openssl = _openssl(read)
        yield Figure(f"reading a {kind} request", reading * 1000, "ms")
        yield Figure(f"reviewing a {kind} request with every check", reviewing * 1000, "ms")
        yield Figure("the same key once more, as before it is signed", again * 1000, "ms")
        yield Figure(f"`openssl req -verify` of a {kind} request", openssl * 1000, "ms")
        yield Figure(f"reviewing a {kind} request, in verifications", reviewing / unit, "x")
        yield Figure(f"reviewing a {kind} request, in runs of `openssl req -verify`", reviewing / openssl, "x")


def _review(request: SigningRequest, known: bool) -> None:
    if not known:
        seems_prime.cache_clear()
    authority().review(request)


def _openssl(request: SigningRequest) -> float:
    """Return the processor time of `openssl req -verify`, the smallest of several runs."""
    with NamedTemporaryFile() as file:
        file.write(request.der)
        file.flush()
        command = ("openssl", "req", "-inform", "DER", "-in", file.name, "-verify", "-noout")
        done = [run(*command) for _ in range(_TIMES)]
    assert not any(each.code for each in done)
    return min(each.seconds for each in done)


def seconds(act: Callable[[], object], times: int) -> float:
    """Return the processor time of one act, the smallest of several."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        act()
        taken.append(time.process_time() - began)
    return min(taken)


def _verification() -> float:
    key = keys.rsa("rsa-4096")
    public, signature = load_der_public_key(key.spki), key.sign(b"message", "sha256")
    assert isinstance(public, rsa.RSAPublicKey)
    return seconds(lambda: public.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256()), 200)
