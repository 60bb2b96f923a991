"""What a check is tested with: the ways to get its finding, and what is just good enough to pass.

A case runs exactly one check, the function bound to its code, on what the real reader and the real review make.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from offline_root.checks import REQUEST_CHECKS, REVIEW_CHECKS
from offline_root.checks.case import Case, ReviewCase
from offline_root.findings import Finding
from offline_root.history import History
from offline_root.issue import Unsigned
from offline_root.model import Issued, Serial, SigningRequest
from offline_root.policy.model import Policy
from offline_root.review import draw
from tests.authorities import NOW, Root, csr, environment, policy, read, root

Run = Callable[[], Iterable[Finding]]
GOOD = read(csr())


@dataclass(frozen=True)
class Pair:
    """Cases that give findings of one code, and cases that give none."""

    found: tuple[Run, ...]
    passed: tuple[Run, ...]


def request_case(data: bytes | SigningRequest, of: Policy | None = None, file: str = "request.csr") -> Case:
    """Return what the checks of a request look at, for the environment test."""
    chosen = of or policy()
    return Case.of(data if isinstance(data, SigningRequest) else read(data, file), chosen, environment(chosen))


def on_request(code: str, data: bytes | SigningRequest, of: Policy | None = None, file: str = "request.csr") -> Run:
    """Return the run of one check on a request."""
    (check,) = (each for each in REQUEST_CHECKS if each.code.name == code)
    return lambda: check.run(request_case(data, of, file))


def review_case(data: bytes | SigningRequest = GOOD, *history: Issued, under: Root | None = None) -> ReviewCase:
    """Return what the checks of a review look at, made as the review makes it."""
    made = under or root()
    case = request_case(data, made.policy)
    draft = draw(case.environment, made.policy, NOW, Serial(0x99))
    reviewed = made.review(case.request, draft=draft)
    unsigned = Unsigned(reviewed.tbs, reviewed.throwaway) if reviewed.tbs and reviewed.throwaway else None
    return ReviewCase(case, made.parsed, History(history), draft, unsigned)


def on_review(code: str, case: ReviewCase) -> Run:
    """Return the run of one check on a review."""
    (check,) = (each for each in REVIEW_CHECKS if each.code.name == code)
    return lambda: check.run(case)
