"""The armour of a request: PEM (RFC 7468), PEM whose line breaks were written out as an escape, and base64 alone."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from offline_root.display import dangerous, visible
from offline_root.findings import Finding, refusals
from offline_root.request import codes

REQUEST_LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")

_OTHERS = {
    "CERTIFICATE": "a certificate",
    "X509 CERTIFICATE": "a certificate",
    "TRUSTED CERTIFICATE": "a certificate",
    "X509 CRL": "a certificate revocation list",
    "PKCS7": "a PKCS#7 or CMS container",
    "PKCS #7 SIGNED DATA": "a PKCS#7 or CMS container",
    "CMS": "a PKCS#7 or CMS container",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "EC PARAMETERS": "the parameters of a key",
    "SSH2 PUBLIC KEY": "a public key",
}

_BEGIN = re.compile(r"-----BEGIN ([^\n-]{1,64})-----")
_END = re.compile(r"-----END ([^\n-]{1,64})-----")


@dataclass(frozen=True, slots=True)
class Armoured:
    """What the armour held, its kind, and what there is to say about it."""

    octets: bytes
    kind: str
    findings: tuple[Finding, ...] = ()


Outcome = Armoured | tuple[Finding, ...]


def open_armour(text: str) -> Outcome:
    """Return the octets in `text`, or the findings that refuse it."""
    for recognised, function in _KINDS:
        if recognised.search(text):
            return function(text)
    return (codes.FORM.finding("The text is neither PEM nor base64 of a request, nor one of its known wrappings."),)


def _base64_alone(text: str) -> Outcome:
    octets = decode(text)
    return Armoured(octets, "base64") if octets else (_DAMAGED,)


def _escaped(text: str) -> Outcome:
    found = _pem(re.sub(r"(?:\\r)?\\n|\\r", "\n", text))
    return replace(found, kind="PEM with escaped line breaks") if isinstance(found, Armoured) else found


def _pem(text: str) -> Outcome:
    begins = tuple(_BEGIN.finditer(text))
    labels = [begin[1] for begin in begins]
    requests = [begin for begin in begins if begin[1] in REQUEST_LABELS]
    if not requests:
        return (codes.NOT_A_REQUEST.finding(f"It holds {_named(labels)}, not a request."),)
    if len(begins) > 1:  # not of requests: these were counted in the whole file
        others = [label for label in labels if label not in REQUEST_LABELS]
        return (codes.OTHER_OBJECT.finding(f"It holds {_named(others)} as well."),)
    return _one_block(text, requests[0])


def _named(labels: list[str]) -> str:
    return " and ".join(dict.fromkeys(_OTHERS.get(label, f"a block '{visible(label)}'") for label in labels[:4]))


def _one_block(text: str, begin: re.Match[str]) -> Outcome:
    end = _END.search(text, begin.end())
    if end is None or end[1] != begin[1]:
        return (codes.CUT_OFF.finding(f"There is no line '-----END {begin[1]}-----'."),)
    octets = decode(text[begin.end() : end.start()])
    findings = before(text[: begin.start()]) + _behind(text[end.end() :]) + (() if octets else (_DAMAGED,))
    return findings if refusals(findings) else Armoured(octets, "PEM", findings)


def before(text: str) -> tuple[Finding, ...]:
    """Return the finding on the text that stands before a request, where there is any."""
    lines = [line for line in text.split("\n") if line.strip(" \t")]
    if any(dangerous(line.replace("\t", " ")) for line in lines):
        return (codes.UNPRINTABLE.finding(f"Lines before the request: {len(lines)}."),)
    return (codes.TEXT_BEFORE.finding(f"Lines before the request: {len(lines)}."),) if lines else ()


def _behind(text: str) -> tuple[Finding, ...]:
    # What stands there is not shown: it may be anything, and it may be secret.
    rest = text.strip(" \t\n")
    return (codes.TRAILING.finding(f"Characters behind the END line: {len(rest)}."),) if rest else ()


_DAMAGED = codes.BASE64.finding("It has other characters than those of base64, or the wrong number of them.")


_WHITE_SPACE = str.maketrans("", "", " \t\n")


def decode(text: str) -> bytes:
    """Return what base64 stands for, white space aside (RFC 4648), or nothing.

    Strictly: no other character, padding as it has to be, unused bits zero.
    """
    compact = text.translate(_WHITE_SPACE)
    try:
        octets = base64.b64decode(compact, validate=True)
    except ValueError:
        return b""
    return octets if base64.b64encode(octets).decode() == compact else b""


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str], Outcome]], ...] = (
    (re.compile(r"-----BEGIN [^\n-]{1,64}-----\s*(?:\\r|\\n)"), _escaped),
    (_BEGIN, _pem),
    # M: DER of a SEQUENCE; H or I: a length of 127 octets (the smallest possible request) or more.
    (re.compile(r"\A\s*M[HI][A-Za-z0-9+/]{14}"), _base64_alone),
)
