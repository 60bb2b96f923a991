"""Everything that the authorities in HOME ever issued, held against each other. `status` tells; it stands in no way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from cryptography import x509

from offline_root.audit.state import Correction, State
from offline_root.findings import Detail, Severity, check, declare
from offline_root.issue import key_identifier, load
from offline_root.lookalike import skeleton
from offline_root.model import ROOT, Issued, serial_text
from offline_root.moments import Duration, utc_text
from offline_root.names import text
from offline_root.policy.model import Policy

_NOTICE = Duration(1, "y")
"""So long before a root is too old for intermediates of full length, it is said."""


@dataclass(frozen=True, slots=True)
class Member:
    """One certificate of the hierarchy. `lives`: neither revoked nor over."""

    issued: Issued
    certificate: x509.Certificate
    lives: bool

    def __str__(self) -> str:
        return f"{self.issued.owner}, serial {serial_text(self.issued.serial)}"

    @property
    def place(self) -> tuple[str, str]:
        """Return authority and environment."""
        return self.issued.authority, self.issued.environment

    @property
    def end(self) -> datetime:
        """Return notAfter."""
        return self.certificate.not_valid_after_utc


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """An authority, its policy, the certificates of all authorities in HOME in the order of issue.

    `strangers` is what its token held besides; `corrections` are those of its clock that one person made alone.
    """

    authority: str
    policy: Policy
    members: tuple[Member, ...]
    now: datetime
    strangers: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @classmethod
    def of(cls, state: State, others: tuple[State, ...], policy: Policy, now: datetime) -> "Hierarchy":
        """Return the hierarchy around an authority."""
        members = tuple(_member(each, one, now) for one in (state, *others) for each in one.issued)
        return cls(state.authority, policy, members, now, state.strangers, state.corrections)

    @property
    def roots(self) -> tuple[Member, ...]:
        """Return the root of each authority."""
        return tuple(each for each in self.members if each.issued.environment == ROOT)

    @property
    def own(self) -> tuple[Member, ...]:
        """Return the living intermediates of this authority."""
        mine = (each for each in self.members if each.issued.authority == self.authority and each.lives)
        return tuple(each for each in mine if each.issued.environment != ROOT)

    @property
    def pairs(self) -> Iterator[tuple[Member, Member]]:
        """Yield every two certificates, the earlier one first."""
        return combinations(self.members, 2)


def _member(issued: Issued, state: State, now: datetime) -> Member:
    certificate = load(issued.certificate)
    revoked = any(each.serial == issued.serial for each in state.revocations)
    return Member(issued, certificate, not revoked and now <= certificate.not_valid_after_utc)


@check(
    declare(
        "hierarchy.serial",
        Severity.WARN,
        "An authority uses a serial number once",
        rule="RFC 5280 4.1.2.2",
        mend="Revoke the serial and replace both certificates; find out how the log came to hold two.",
    )
)
def serial(case: Hierarchy) -> Iterator[Detail]:
    """Tell of two certificates of one authority under one serial."""
    for one, other in case.pairs:
        if (one.issued.authority, one.issued.serial) == (other.issued.authority, other.issued.serial):
            yield "serial", f"{other} was issued {other.issued.time}; {one} of {one.issued.time} has the same serial."


@check(
    declare(
        "hierarchy.key",
        Severity.WARN,
        "A key belongs to one CA",
        rule="BR 6.1.1; RFC 5280 4.2.1.2",
        mend="Make a new key for one of the two, have it signed, and revoke the certificate that it replaces.",
    )
)
def shared_key(case: Hierarchy) -> Iterator[Detail]:
    """Tell of one key under two environments, under two authorities, or of a root's key in another certificate."""
    for one, other in case.pairs:
        if one.issued.key == other.issued.key and one.place != other.place:
            yield "public key", f"{other} has the key of {one}."


@check(
    declare(
        "hierarchy.key-identifier",
        Severity.WARN,
        "Different keys have different key identifiers",
        rule="RFC 5280 4.2.1.2",
        mend="Replace the later certificate with one over a new key: programs that look for the issuer by its"
        " identifier may take the wrong one.",
    )
)
def same_identifier(case: Hierarchy) -> Iterator[Detail]:
    """Tell of two keys under one SubjectKeyIdentifier."""
    for one, other in case.pairs:
        if one.issued.key != other.issued.key and key_identifier(one.certificate) == key_identifier(other.certificate):
            yield "subjectKeyIdentifier", f"{other} has the key identifier of {one}, and another key."


@check(
    declare(
        "hierarchy.root-name",
        Severity.WARN,
        "Two roots have names that people and programs can tell apart",
        rule="RFC 5280 4.1.2.6; Unicode TR 39 4",
        mend="Give the next root another common name. Until then tell them apart by their SHA-256, and never let one"
        " trust store hold both.",
    )
)
def root_names(case: Hierarchy) -> Iterator[Detail]:
    """Tell of two roots whose names are the same or look alike."""
    for one, other in combinations(case.roots, 2):
        names = text(one.certificate.subject), text(other.certificate.subject)
        if skeleton(names[0]) == skeleton(names[1]):
            yield "subject", f"{other} is named '{names[1]}'; {one} is named '{names[0]}'."


@check(
    declare(
        "hierarchy.outlives-root",
        Severity.WARN,
        "An intermediate ends before its root does",
        rule="RFC 5280 6.1.3 (a)(2)",
        mend="Replace it before the root ends: after that, nothing that it issued is valid.",
    )
)
def outlives_root(case: Hierarchy) -> Iterator[Detail]:
    """Tell of an intermediate that ends later than its root."""
    ends = {each.issued.authority: each.end for each in case.roots}
    for each in case.members:
        if each.end > ends.get(each.issued.authority, each.end):
            root = utc_text(ends[each.issued.authority])
            yield "notAfter", f"{each} ends {utc_text(each.end)}, after its root does ({root})."


@check(
    declare(
        "hierarchy.root-age",
        Severity.INFO,
        "A root is replaced before it is too old for new intermediates",
        rule="RFC 5280 6.1.3 (a)(2)",
        mend="Plan a new root: it has to be in every trust store before the old one is of no more use."
        " Until then a shorter environments.E.validity lets intermediates be signed.",
    )
)
def root_age(case: Hierarchy) -> Iterator[Detail]:
    """Tell when the root no longer lives, or soon no longer lives, as long as a new intermediate would."""
    for root in case.roots:
        rehearsal = root.end < _NOTICE.after(root.certificate.not_valid_before_utc)
        if root.issued.authority != case.authority or rehearsal:
            continue
        for each in case.policy.environments:
            last = each.validity.before(root.end)
            if _NOTICE.after(case.now) > last:
                until = f"can be signed until {utc_text(last)}"
                yield "notAfter", f"Intermediates of {each.name} ({each.validity}) {until}: {root} ends too soon."


@check(
    declare(
        "hierarchy.environment",
        Severity.INFO,
        "Intermediates belong to an environment of the policy",
        rule="policy environments",
        mend="If it is of no more use, revoke it: offline-root revoke SERIAL --reason cessationOfOperation --out DIR.",
    )
)
def left_policy(case: Hierarchy) -> Iterator[Detail]:
    """Tell of an intermediate that still lives although its environment left the policy."""
    for each in case.own:
        if case.policy.environment(each.issued.environment) is None:
            yield "environment", f"{each} is valid until {utc_text(each.end)}; the policy has no such environment."


@check(
    declare(
        "hierarchy.superseded",
        Severity.INFO,
        "An intermediate that was replaced is revoked when its last certificates are over",
        rule="RFC 5280 5.3.1 (superseded)",
        mend="When nothing issued under it is in use: offline-root revoke SERIAL --reason superseded --out DIR.",
    )
)
def superseded(case: Hierarchy) -> Iterator[Detail]:
    """Tell of each living intermediate that is not the newest of its environment."""
    newest = {each.issued.environment: each for each in case.own}
    for each in case.own:
        last = newest[each.issued.environment]
        if each is not last:
            new = serial_text(last.issued.serial)
            yield "serial", f"{each}, is valid until {utc_text(each.end)}; serial {new} took its place."


@check(
    declare(
        "hierarchy.stranger",
        Severity.WARN,
        "The token holds the keys and the record of this authority and nothing else",
        rule="PKCS#11 v2.40 4.4",
        mend="Find out where it comes from. If nobody needs it: offline-root clean MARK, the 16 hex digits before it.",
    )
)
def stranger(case: Hierarchy) -> Iterator[Detail]:
    """Tell of what was in the token besides, when it was opened last."""
    for each in case.strangers:
        yield "token", f"In the token lies {each}."


@check(
    declare(
        "hierarchy.clock",
        Severity.WARN,
        "A clock that went back is corrected before a witness",
        rule="RFC 5280 4.1.2.5; policy ceremony.witnesses",
        mend="Hold the log's times against other records. What is wrongly dated, revoke: offline-root revoke SERIAL.",
    )
)
def clock(case: Hierarchy) -> Iterator[Detail]:
    """Tell for ever of each time that one person alone put the clock back: nobody else can say what was false."""
    for each in case.corrections:
        back = f"put the clock back from {each.before} to {each.after}"
        dated = f"Dated in between: {', '.join(each.serials) or 'nothing'}."
        yield "clock", f"Line {each.line} of the log: {each.by}, one person alone, {back}. {dated}"


CHECKS = (
    serial,
    shared_key,
    same_identifier,
    root_names,
    outlives_root,
    root_age,
    left_policy,
    superseded,
    stranger,
    clock,
)
