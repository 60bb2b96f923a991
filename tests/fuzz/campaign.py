"""Mutants through the reader and the checks, and what must be true of each of them, whatever it is."""

import subprocess
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from asn1crypto import csr as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from offline_root import issue
from offline_root.display import dangerous
from offline_root.findings import Severity, refusals
from offline_root.keys import KeyKind
from offline_root.model import Der, Review, SigningRequest, Unreadable
from offline_root.profile import intermediate_extensions
from offline_root.request.reader import read_request
from tests.authorities import Root, environment, root, with_root
from tests.corpus.build import SUBJECT
from tests.corpus.judge import authority
from tests.fuzz.mutants import Mutator
from tests.offline_root.request.sound import assert_sound

SOUND_EVERY = 500
"""Of so many mutants one is looked at in every detail: that takes ten times as long as reading it."""

ENOUGH = 200
"""So many accepted requests of a campaign are shown to other programs."""


@dataclass
class Tally:
    """What came of the mutants."""

    mutants: int = 0
    read: int = 0
    reviewed: int = 0
    accepted: int = 0
    warned: int = 0
    agreed: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Tally") -> "Tally":
        """Return what came of both."""
        slowest = max(self.slowest, other.slowest)
        each = {name: value + getattr(other, name) for name, value in vars(self).items()}
        return Tally(**each | {"slowest": slowest})

    def __str__(self) -> str:
        rate = self.mutants / max(self.seconds, 0.001)
        return (
            f"{self.mutants:,} mutants in {self.seconds:.0f} s, {rate:,.0f} a second, slowest {self.slowest:.3f} s: "
            f"{self.read:,} read, {self.reviewed:,} reviewed, {self.accepted:,} accepted and {self.warned:,} with "
            f"warnings, {self.agreed:,} of these shown to openssl and asn1crypto; {len(self.codes)} different codes"
        )


class Found(AssertionError):
    """A mutant that broke a rule. The message has its octets."""


Step = Callable[[bytes, Tally], None]


def campaign(make: Callable[[Mutator], bytes], step: Step, *, number: int, count: int, seconds: float) -> Tally:
    """Let mutants through a step until there are `count`, or until the time is up."""
    mutator, tally = Mutator(number), Tally()
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are too long, once for each
        while tally.mutants < count and (tally.seconds < seconds):
            mutant = make(mutator)
            started = time.perf_counter()
            try:
                step(mutant, tally)
            except Exception as error:
                raise Found(f"number {number}, mutant {tally.mutants}: {mutant.hex()}") from error
            tally.mutants += 1
            now = time.perf_counter()
            tally.slowest = max(tally.slowest, now - started)
            if tally.mutants % 256 == 0:
                tally.seconds = time.monotonic() - began
    tally.seconds = time.monotonic() - began
    return tally


def reading(mutant: bytes, tally: Tally) -> None:
    """Read a mutant: a request, or reasons to refuse it. Never anything else, and never an exception."""
    outcome = read_request("mutant.csr", mutant)
    tally.codes.update({each.code for each in outcome.findings})
    if isinstance(outcome, SigningRequest):
        tally.read += 1
        assert not refusals(outcome.findings)
    else:
        assert isinstance(outcome, Unreadable)
        assert refusals(outcome.findings)
    if tally.mutants % SOUND_EVERY == 0:
        assert_sound(outcome, mutant)


@cache
def quick() -> Root:
    """Return the authority of the corpus with a root of P-256, whose throwaway key signs in a tenth of the time."""
    return root(with_root(authority().policy, key=KeyKind.EC_P256))


def reviewing(mutant: bytes, tally: Tally) -> None:
    """Read a mutant and review it for an environment: whatever is accepted is what the policy says, and no more."""
    outcome = read_request("mutant.csr", mutant)
    if not isinstance(outcome, SigningRequest):
        assert refusals(outcome.findings)
        return
    tally.read += 1
    review = quick().review(outcome, "wide" if outcome.subject.find(b"(wide)") >= 0 else "test")
    tally.reviewed += 1
    tally.codes.update({each.code for each in review.findings})
    if refusals(review.findings):
        return
    within_policy(review, quick())
    if any(each.severity is Severity.WARN for each in review.findings):
        tally.warned += 1
    else:
        tally.accepted += 1
    if tally.agreed < ENOUGH and (tally.accepted + tally.warned) % 97 == 1:
        others_agree(outcome)
        tally.agreed += 1


def within_policy(review: Review, of: Root) -> None:
    """Assert that what would be signed is the policy's, but for key and subject, and these as they were approved."""
    chosen = environment(of.policy, review.environment)
    assert review.tbs is not None
    assert review.throwaway is not None
    fields, key = issue.fields(review.tbs), review.request.public_key
    assert fields.public_key == key
    assert fields.issuer == issue.fields(Der(of.parsed.tbs_certificate_bytes)).subject
    certificate = x509.load_der_x509_certificate(review.throwaway)
    wanted = intermediate_extensions(chosen, of.policy.root, of.parsed, key)
    assert [(each.value, each.critical) for each in certificate.extensions] == list(wanted)
    assert certificate.not_valid_after_utc == review.draft.not_after
    if chosen.name == "test":
        assert fields.subject == SUBJECT
    else:
        assert fields.subject == review.request.subject
        for each in certificate.subject:
            assert not dangerous(str(each.value))
            assert str(each.value).isascii()


def others_agree(request: SigningRequest) -> None:
    """Assert that OpenSSL verifies the request, and that asn1crypto reads the same subject and key in it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "request.der"
        file.write_bytes(request.der)
        command = ["openssl", "req", "-inform", "DER", "-in", str(file), "-verify", "-noout"]
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        assert "verify OK" in said.stdout + said.stderr
    info = asn1.CertificationRequest.load(request.der, strict=True)["certification_request_info"]
    assert info["subject"].dump() == request.subject
    assert info["subject_pk_info"].dump() == request.public_key
    public = x509.load_der_x509_csr(request.der).public_key()
    assert public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == request.public_key
