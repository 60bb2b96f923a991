"""What the reader and every check make of a file of the corpus, on an authority that never saw it before."""

from dataclasses import dataclass
from functools import cache

from offline_root.checks import CODES
from offline_root.findings import Finding, Severity
from offline_root.keys import fingerprint
from offline_root.model import Issued, Review, SigningRequest
from offline_root.policy.reader import read_policy
from offline_root.request.reader import read_request
from tests.authorities import Root, common_name, issued, read, root, root_entry
from tests.authorities import environment as environment_of
from tests.corpus.folder import FOLDER, POLICY
from tests.corpus.history import ROOT


@dataclass(frozen=True)
class Judged:
    """The outcome: the form that was read (None: the reader refused), all findings, and the review if there is one."""

    form: str | None
    findings: tuple[Finding, ...]
    review: Review | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes, each once, sorted."""
        return tuple(sorted({each.code for each in self.findings}))

    @property
    def verdict(self) -> str:
        """Return the worst that a finding does: `refuse`, `warn`, or `accept`."""
        found = {each.severity for each in self.findings}
        return next((each.value for each in (Severity.REFUSE, Severity.WARN) if each in found), "accept")


@cache
def authority() -> Root:
    """Return the authority of the corpus, made of the root key that is in it."""
    reading = read_policy(POLICY.read_text(), CODES)
    assert reading.policy is not None
    return root(reading.policy, private=ROOT)


def judge(name: str, content: bytes, environment: str = "test", after: tuple[tuple[str, str], ...] = ()) -> Judged:
    """Return what comes of a file in a ceremony; `after` are files that were answered before it."""
    request = read_request(name, content)
    if not isinstance(request, SigningRequest):
        return Judged(None, request.findings)
    review = authority().review(request, environment, issued=[_answered(*each) for each in after])
    return Judged(request.form, review.findings, review)


@cache
def _answered(file: str, environment: str) -> Issued:
    """Return the entry of a file of the corpus that was answered before: with the certificate that it got."""
    if environment == "root":
        return root_entry(authority())
    request = read(FOLDER.joinpath(file).read_bytes(), file)
    of = authority()
    subject = common_name(environment_of(of.policy, environment).common_name)
    certificate = of.certified(request.public_key, environment, subject)
    return issued(request, environment, certificate=certificate, sha256=fingerprint(certificate))
