"""Failing and passing CRLs of each rule: most are put together from encodings, because no builder makes them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography import x509

from offline_root import der
from offline_root.checks import CRL_CHECKS
from offline_root.checks.crl_case import CrlCase
from offline_root.crl import CrlDraft
from offline_root.model import CrlNumber, Reason, Revocation, Serial
from tests.authorities import NOW, policy, root, with_root
from tests.crls import AKI, CRL_NUMBER, DRAFT, REVOKED, Parts, entry, extension, some_crl
from tests.offline_root.checks.cases import Pair, Run

ROOT = root()
GOOD = CrlCase(some_crl().der, ROOT.parsed, entries=(), after=CrlNumber(6), now=NOW)
LISTED = replace(GOOD, data=some_crl(REVOKED).der, entries=(REVOKED,))
OTHER = Revocation(Serial(0xDEF), Reason.SUPERSEDED, REVOKED.time)
SECOND = timedelta(seconds=1)


def made(**changes: bytes) -> CrlCase:
    """Return the good case with other parts of the list."""
    return replace(GOOD, data=Parts(**changes).signed(ROOT), entries=None)


def drafted(begin: timedelta = timedelta(), length: timedelta = timedelta(days=180), number: int = 7) -> CrlCase:
    """Return the case of a CRL with other dates."""
    draft = CrlDraft(CrlNumber(number), NOW + begin, NOW + begin + length)
    return replace(GOOD, data=some_crl(draft=draft).der)


def entries(*listed: bytes) -> CrlCase:
    """Return the case of a CRL with handmade entries."""
    return made(revoked=der.sequence(*listed))


CASES: dict[str, CrlCase] = {}
"""Every case below by its code and number."""


def _pair(code: str, found: Iterable[CrlCase], *passed: CrlCase) -> tuple[str, Pair]:
    (check,) = (each for each in CRL_CHECKS if each.code.name == code)

    def run(case: CrlCase) -> Run:
        return lambda: check.run(case)

    found = tuple(found)
    CASES.update({f"{code} {number}": each for number, each in enumerate((*found, *passed))})
    return code, Pair(tuple(map(run, found)), tuple(map(run, (GOOD, LISTED, *passed))))


def _list() -> Iterable[tuple[str, Pair]]:
    foreign = root(number=5)
    begin, end = ROOT.parsed.not_valid_before_utc, ROOT.parsed.not_valid_after_utc
    late = datetime(2050, 1, 1, tzinfo=UTC)
    yield _pair("crl.version", (made(version=b""),))
    yield _pair(
        "crl.issuer",
        (made(issuer=der.sequence()), replace(GOOD, root=root(with_root(policy(), common_name="Other")).parsed)),
        replace(made(issuer=der.sequence()), root=None),
    )
    yield _pair(
        "crl.signature",
        (
            replace(GOOD, root=foreign.parsed),
            replace(GOOD, data=some_crl(made=foreign).der),
            made(algorithm=bytes.fromhex("300a06082a8648ce3d040302")),
        ),
        replace(GOOD, root=None),
        replace(GOOD, root=foreign.parsed, signed=False),
    )
    yield _pair(
        "crl.time-form",
        (
            made(this_update=b"\x18\x0f20261123113000Z"),
            made(next_update=b"\x17\x0b2611231130Z"),
            entries(entry(date=b"\x18\x0f20261123113000Z")),
        ),
        made(next_update=b"\x18\x0f20500101000000Z"),
        made(next_update=b""),
    )
    yield _pair("crl.next-update", (made(next_update=b""), drafted(length=timedelta())), drafted(length=SECOND))
    yield _pair(
        "crl.over-a-year",
        (drafted(length=timedelta(days=365) + SECOND), drafted(length=timedelta(days=3650))),
        drafted(length=timedelta(days=365)),
        made(next_update=b""),
    )
    yield _pair(
        "crl.outside-root",
        (
            drafted(begin - SECOND - NOW),
            drafted(end - NOW, SECOND),
            drafted(end - NOW + SECOND, timedelta()),
        ),
        drafted(begin - NOW),
        drafted(end - NOW - SECOND, SECOND),
        replace(drafted(late - NOW), root=None),
    )
    yield _pair(
        "crl.overdue",
        (replace(GOOD, now=NOW - SECOND), replace(GOOD, now=DRAFT.next_update + SECOND)),
        replace(GOOD, now=DRAFT.next_update),
        replace(GOOD, now=None),
        made(next_update=b""),
    )
    yield _pair("crl.empty-list", (made(revoked=der.sequence()),))


def _extensions() -> Iterable[tuple[str, Pair]]:
    number, aki = extension(CRL_NUMBER, b"\x02\x01\x07"), extension(AKI, der.sequence(b"\x80\x01\x05"))
    own = Parts().extensions
    (right_aki,) = (each.raw for each in der.element(der.element(own).content).children() if AKI in each.raw)

    def with_extensions(*each: bytes) -> CrlCase:
        return made(extensions=der.wrap(0xA0, der.sequence(*each)))

    yield _pair(
        "crl.authority-key",
        (
            with_extensions(number),
            with_extensions(number, aki),
            with_extensions(number, extension(AKI, der.sequence())),
            with_extensions(number, extension(AKI, der.sequence(b"\x80\x01\x05"), critical=True)),
        ),
        replace(with_extensions(number, aki), root=None),
    )
    yield _pair(
        "crl.number",
        (
            with_extensions(right_aki),
            with_extensions(right_aki, extension(CRL_NUMBER, b"\x02\x01\x07", critical=True)),
            with_extensions(right_aki, extension(CRL_NUMBER, b"\x02\x15\x00\x80" + bytes(19))),
        ),
        with_extensions(extension(CRL_NUMBER, b"\x02\x01\x00")),
        with_extensions(extension(CRL_NUMBER, b"\x02\x14\x7f" + b"\xff" * 19)),
    )
    yield _pair(
        "crl.number-not-higher",
        (replace(GOOD, after=CrlNumber(7)), replace(GOOD, after=CrlNumber(1 << 60))),
        replace(GOOD, after=None),
        with_extensions(right_aki),
    )
    idp, delta = bytes.fromhex("551d1c"), bytes.fromhex("551d1b")
    issuer = extension(bytes.fromhex("551d1d"), der.sequence(der.wrap(0xA4, der.sequence())), critical=True)
    yield _pair(
        "crl.partial",
        (
            with_extensions(number, extension(idp, der.sequence(b"\x82\x01\xff"), critical=True)),
            with_extensions(number, extension(idp, der.sequence(b"\x82\x01\xff"))),
            with_extensions(number, extension(delta, b"\x02\x01\x01", critical=True)),
            entries(entry(extensions=(issuer,))),
        ),
    )
    freshest = extension(bytes.fromhex("551d2e"), x509.FreshestCRL([]).public_bytes())
    yield _pair(
        "crl.extension",
        (with_extensions(number, freshest), with_extensions(number, extension(bytes.fromhex("2a0305"), b"\x05\x00"))),
        with_extensions(number, extension(idp, der.sequence(b"\x82\x01\xff"), critical=True)),
    )


def _entries() -> Iterable[tuple[str, Pair]]:
    superseded = entry()
    yield _pair("crl.entry-twice", (entries(superseded, superseded), entries(superseded, entry(reason=1))))
    yield _pair(
        "crl.entry-date",
        (entries(entry(date=b"\x17\x0d261123113001Z")),),
        entries(entry(date=b"\x17\x0d261123113000Z")),
        entries(entry(date=b"\x17\x0d200101000000Z")),
    )
    yield _pair(
        "crl.entry-reason",
        (
            entries(entry(extensions=())),
            *(entries(entry(reason=each)) for each in (0, 6, 8, 10)),
            entries(entry(critical=True)),
        ),
        *(entries(entry(reason=each)) for each in (1, 2, 3, 4, 5, 9)),
    )
    yield _pair(
        "crl.entry-missing",
        (replace(GOOD, entries=(REVOKED,)), replace(LISTED, entries=(REVOKED, OTHER))),
        replace(GOOD, entries=None),
    )
    yield _pair(
        "crl.entry-unknown",
        (
            replace(LISTED, entries=()),
            replace(LISTED, entries=(OTHER,)),
            replace(LISTED, entries=(replace(REVOKED, reason=Reason.KEY_COMPROMISE),)),
        ),
        replace(LISTED, entries=None),
        replace(entries(entry(extensions=())), entries=(REVOKED,)),
    )


PAIRS: dict[str, Pair] = dict([*_list(), *_extensions(), *_entries()])
