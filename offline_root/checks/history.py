"""The request against everything ever issued by an authority on this appliance."""

import math
from collections.abc import Iterator

from offline_root.checks.case import ReviewCase
from offline_root.findings import Detail, Severity, check, declare
from offline_root.issue import key_in, key_of, load
from offline_root.keys import fingerprint, rsa_numbers
from offline_root.model import ROOT, Issued, serial_text
from offline_root.moments import utc_text


def _others(case: ReviewCase) -> tuple[Issued, ...]:
    """Return the living certificates over the same key that did not answer this very request."""
    answered = fingerprint(case.case.request.der)
    same = case.history.with_key(case.case.request.fingerprint)
    return tuple(each for each in same if each.request_sha256 != answered and each not in case.history.revoked)


def _said(issued: Issued) -> Detail:
    return (
        "public key",
        f"The key is that of {issued.owner}, serial {serial_text(issued.serial)}, issued {issued.time}.",
    )


@check(
    declare(
        "request.key.root",
        Severity.REFUSE,
        "The key must not be that of a root",
        rule="RFC 5280 4.2.1.2; BR 6.1.1",
        mend="Have the online CA make a key of its own."
        " A root's key outside its token is a compromise: stop and find out.",
    )
)
def root_key(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a root's own key."""
    yield from (_said(each) for each in _others(case) if each.environment == ROOT)


@check(
    declare(
        "request.key.revoked",
        Severity.REFUSE,
        "The key must not be that of a revoked intermediate",
        rule="BR 4.9.1.2, 6.1.1.3",
        mend="Have the online CA make a request with a new key: a key that was taken back is never certified again.",
    )
)
def revoked_key(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a key that was taken back, whatever the reason was."""
    yield from (_said(each) for each in case.history.revoked if each.key == case.case.request.fingerprint)


@check(
    declare(
        "request.key.abandoned",
        Severity.INFO,
        "A signature over this key was begun before, and failed or was given up",
        rule="RFC 5280 5.3.1 (its serial is on the CRL); BR 6.1.1.3",
        mend="Nothing to do where the token failed. If the signature may have reached somebody, have a new key made.",
    )
)
def abandoned_key(case: ReviewCase) -> Iterator[Detail]:
    """Tell of a certificate over the key that may exist although the log has none."""
    for each in case.history.failed:
        if key_in(each.tbs) == case.case.request.public_key:
            yield "public key", f"Serial {serial_text(each.serial)}, begun {each.time}, may exist; it is on the CRL."


@check(
    declare(
        "review.supersedes",
        Severity.INFO,
        "Another intermediate of the environment is still valid",
        rule="RFC 5280 5.3.1 (superseded)",
        mend="Import the new one as an issuer of its own and make it the default; the two have one name, and are told"
        " apart by the key identifier. When nothing under the old one is in use:"
        " offline-root revoke SERIAL --reason superseded --out DIR.",
    )
)
def supersedes(case: ReviewCase) -> Iterator[Detail]:
    """Name each living intermediate that this one takes the place of."""
    for each in case.history.issued:
        certificate = load(each.certificate)
        end, ours = certificate.not_valid_after_utc, certificate.issuer == case.root.subject
        lives = each not in case.history.revoked and end > case.draft.not_before
        if ours and lives and each.environment == case.case.environment.name:
            yield "serial", f"Serial {serial_text(each.serial)} is valid until {utc_text(end)}."


@check(
    declare(
        "request.key.other-environment",
        Severity.REFUSE,
        "The key must not be that of another environment",
        rule="BR 6.1.1; policy environments",
        mend="Make a new key for this environment. Environments that share a key are one environment.",
    )
)
def other_environment_key(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a key that was certified for another environment."""
    chosen = case.case.environment.name
    yield from (_said(each) for each in _others(case) if each.environment not in (ROOT, chosen))


@check(
    declare(
        "request.key.earlier",
        Severity.REFUSE,
        "A new request must have a new key",
        rule="BR 6.3.2; RFC 4210 (renewal is not rotation)",
        mend="Generate a new key with the new request. To keep a key on purpose, renew its certificate instead.",
    )
)
def earlier_key(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a key that already has a certificate of this environment."""
    chosen = case.case.environment.name
    yield from (_said(each) for each in _others(case) if each.environment == chosen)


@check(
    declare(
        "request.already-answered",
        Severity.REFUSE,
        "A request is answered once",
        rule="BR 4.2.1 (a request is processed once)",
        mend="Use `offline-root export`: it delivers the certificate again, byte for byte.",
    )
)
def already_answered(case: ReviewCase) -> Iterator[Detail]:
    """Refuse the same CSR again, naming the certificate that answered it."""
    for each in case.history.answers(fingerprint(case.case.request.der)):
        if each in case.history.revoked:
            continue  # It is no answer any more: request.key.revoked says so.
        yield "request", f"It was answered on {each.time} with serial {serial_text(each.serial)} for {each.owner}."


@check(
    declare(
        "review.serial-used",
        Severity.REFUSE,
        "A serial number names one certificate",
        rule="RFC 5280 4.1.2.2",
        mend="Review the request again: it gets another number. If that one is taken too, this machine's randomness is"
        " broken: switch it off, and make no key on it.",
    )
)
def used_serial(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a serial number that was drawn before: of 159 random bits, none ever is."""
    for each in case.history.issued:
        if each.serial == case.draft.serial:
            yield "serial", f"Serial {serial_text(each.serial)} is that of {each.owner}, issued {each.time}."


@check(
    declare(
        "request.key.shared-factor",
        Severity.REFUSE,
        "An RSA key must not share a prime with a key certified before",
        rule="BR 6.1.6; Heninger and others 2012 (Mining your Ps and Qs)",
        mend="Never use either key: whoever has both can compute their private keys. Revoke the certificate named here,"
        " have both keys made anew, and find out what was wrong with the randomness.",
    )
)
def shared_factor(case: ReviewCase) -> Iterator[Detail]:
    """Refuse an RSA key that has a prime in common with another one, which a greatest common divisor tells."""
    asked = case.case.request
    numbers = rsa_numbers(asked.public_key)
    others = (each for each in case.history.issued if each.key != asked.fingerprint)
    for each in others if numbers else ():
        known = rsa_numbers(key_of(each.certificate))
        if numbers and known and math.gcd(numbers[0], known[0]) != 1:
            of = f"{each.owner}, serial {serial_text(each.serial)}"
            yield "public key", f"The key shares a prime with that of {of}."


CHECKS = (
    root_key,
    revoked_key,
    other_environment_key,
    earlier_key,
    abandoned_key,
    shared_factor,
    already_answered,
    used_serial,
    supersedes,
)
