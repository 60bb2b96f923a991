"""The request against the letter that lay beside it, request.json: a mix-up on the way is noticed in time."""

from collections.abc import Iterator

from offline_root.checks.case import Case
from offline_root.display import visible
from offline_root.findings import Detail, Severity, check, declare
from offline_root.keys import fingerprint


@check(
    declare(
        "letter.other-request",
        Severity.WARN,
        "request.json should be about the request that it lies beside",
        rule="request.json format 1: csr_sha256",
        mend="Ask the requester which request they mean, by another way than the stick. The paper slip decides.",
    )
)
def other_request(case: Case) -> Iterator[Detail]:
    """Warn where the letter names another CSR."""
    letter = case.request.letter
    if letter and letter.csr_sha256 != fingerprint(case.request.der):
        yield (
            "request.json",
            f"It is about another CSR, with SHA-256 {visible(letter.csr_sha256[:64])}.",
        )


@check(
    declare(
        "letter.other-environment",
        Severity.WARN,
        "request.json should name the environment on the paper slip",
        rule="request.json format 1: environment",
        mend="Compare the environment on the paper slip once more, and call the requester before acknowledging.",
    )
)
def other_environment(case: Case) -> Iterator[Detail]:
    """Warn where the letter asks for another environment."""
    letter = case.request.letter
    if letter and letter.environment != case.environment.name:
        yield "request.json", f"It asks for {visible(letter.environment[:64])}; {case.environment.name} was chosen."


CHECKS = (other_request, other_environment)
