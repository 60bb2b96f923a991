"""What the facts of a line say, read strictly: KeyError or ValueError for one that no version has written."""

from collections.abc import Iterator, Mapping, Sequence

from offline_root.audit.entry import Entry, Value
from offline_root.audit.state import Correction, decoded
from offline_root.audit.watch import Alarm, Evidence, Head
from offline_root.model import ROOT, CrlNumber, Der, Intent, Reason, Revocation, Serial
from offline_root.moments import from_utc_text, utc_text
from offline_root.shares import Purpose, ShareSet

_NO_SERIAL = Serial(0)


def text(entry: Entry, name: str) -> str:
    """Return a fact that is text (KeyError, ValueError)."""
    value = entry.facts[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")
    return value


def texts(entry: Entry, name: str) -> tuple[str, ...]:
    """Return a fact that is a list of texts (ValueError); none where an older version did not write it."""
    value = entry.facts.get(name, ())
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} is not a list of texts")
    return tuple(str(each) for each in value)


def serial(entry: Entry) -> Serial:
    """Return the serial that the line is about."""
    return Serial(int(text(entry, "serial"), 16))


def number(entry: Entry) -> CrlNumber:
    """Return the number of the CRL that the line is about."""
    return CrlNumber(int(text(entry, "crl_number")))


def moment(entry: Entry, name: str) -> str:
    """Return a fact that is a moment, UTC text."""
    return utc_text(from_utc_text(text(entry, name)))


def certificate_intent(entry: Entry) -> Intent:
    """Return the signature of a certificate that was begun."""
    return Intent(
        text(entry, "environment"),
        serial(entry),
        Der(decoded(text(entry, "tbs"))),
        text(entry, "file"),
        text(entry, "request_sha256"),
        text(entry, "policy_sha256"),
        entry.time,
    )


def crl_intent(entry: Entry) -> Intent:
    """Return the signature of a CRL that was begun."""
    tbs, policy = Der(decoded(text(entry, "tbs"))), text(entry, "policy_sha256")
    return Intent(ROOT, _NO_SERIAL, tbs, "", "", policy, entry.time, number(entry))


def alarm(entry: Entry) -> Alarm:
    """Return the alarm that was raised."""
    size = entry.facts["size"]
    if not isinstance(size, int):
        raise ValueError("size is not a number")
    found = Evidence(*(text(entry, "source"), size), *(text(entry, name) for name in ("root", "note", "crl")))
    return Alarm(found, text(entry, "reason"))


def shared(entry: Entry) -> ShareSet:
    """Return the set of shares that was made."""
    number, needed, made = (int(text(entry, name)) for name in ("set", "needed", "made"))
    return ShareSet(Purpose(text(entry, "purpose")), number, needed, made)


def heads(entry: Entry) -> Iterator[Head]:
    """Yield the heads that a restored log is known to contradict."""
    for each in _rows(entry, "heads"):
        size, root = each["size"], each["root"]
        if not isinstance(size, int) or not isinstance(root, str):
            raise ValueError("not the head of a log")
        yield size, root


def lone_correction(entry: Entry) -> Iterator[Correction]:
    """Yield how the clock was put back, if nobody witnessed that; an older version did not say who was there."""
    before, after = moment(entry, "from"), moment(entry, "to")
    if "by" in entry.facts and not texts(entry, "witnesses") and after < before:
        yield Correction(entry.seq + 1, text(entry, "by"), before, after, texts(entry, "certificates"))


def revocations(entry: Entry) -> tuple[Revocation, ...]:
    """Return what is on an imported CRL."""
    return tuple(
        Revocation(
            Serial(int(str(each["serial"]), 16)), Reason(each["reason"]), utc_text(from_utc_text(str(each["date"])))
        )
        for each in _rows(entry, "entries")
    )


def _rows(entry: Entry, name: str) -> Iterator[Mapping[str, Value]]:
    rows = entry.facts[name]
    if not isinstance(rows, tuple) or not all(isinstance(each, Mapping) for each in rows):
        raise ValueError(f"{name} is not a list of objects")
    return iter(rows)
