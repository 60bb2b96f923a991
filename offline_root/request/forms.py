"""From the bytes of a file to the one request in it: DER, PEM, base64, and the wrappings of online CAs.

A file is read only in a form that is recognised as a whole; it holds one request and nothing else but text before it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from offline_root.findings import Finding, refusals
from offline_root.model import Der
from offline_root.request import codes
from offline_root.request.armour import Armoured, before, open_armour
from offline_root.request.private_key import EXPOSED, holds_private_key
from offline_root.request.structure import first_end, only_request
from offline_root.request.wrappings import REQUEST_LABEL, TABLE, Unwrapped, from_json, from_table, from_yaml

MAX_SIZE = 64 * 1024
"""Largest file that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The one request in a file, the form it came in, and what there is to say about the file."""

    der: Der
    form: str
    findings: tuple[Finding, ...] = ()


Outcome = Contents | tuple[Finding, ...]

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", ""),
    (b"\xff\xfe", "utf-16-le", " in UTF-16"),
    (b"\xfe\xff", "utf-16-be", " in UTF-16"),
    (b"", "utf-8", ""),
)

_WRAPPINGS: tuple[tuple[str, re.Pattern[str], Callable[[str], Unwrapped | Finding]], ...] = (
    ("JSON", re.compile(r'\A\s*(?:[{"]|\[\s*[\[{"\]])'), from_json),
    ("table", TABLE, from_table),
    ("YAML", re.compile(r"""^[ \t]*["']?csr["']?[ \t]*:|^data:[ \t]*$""", re.MULTILINE), from_yaml),
)


def extract(data: bytes) -> Outcome:
    """Return the one request in the bytes of a file, or the findings that refuse it. Nothing is raised."""
    refused = tuple(_whole_file(data))
    if refused:
        return refused
    if _is_der(data):
        return _contents(Armoured(data, "DER"), "{}")
    mark, encoding, name = next(each for each in _BYTE_ORDER_MARKS if data.startswith(each[0]))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        return (codes.ENCODING.finding(f"It is not {encoding.upper()}, from byte {error.start} on, and not DER."),)
    return _in_text(_unix_lines(text), "{}" + name)


def _whole_file(data: bytes) -> Iterator[Finding]:
    if len(data) > MAX_SIZE:
        yield codes.TOO_LARGE.finding(f"It has more than {MAX_SIZE} bytes.")
    if holds_private_key(data[:MAX_SIZE]):
        yield EXPOSED


def _is_der(data: bytes) -> bool:
    # A request has 127 octets of content at least, so its second octet is not one of a text.
    return data[:1] == b"\x30" and (data[1:2] >= b"\x7f" or first_end(data) == len(data))


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _in_text(text: str, form: str) -> Outcome:
    if not text.strip("\x00 \t\n"):
        return (codes.EMPTY.finding("It holds nothing but white space or NUL bytes, if anything."),)
    if "\x00" in text[:2]:
        return (codes.ENCODING.finding("It seems to be UTF-16 or UTF-32, without the mark that says so."),)
    if len(REQUEST_LABEL.findall(text)) > 1:
        return (codes.TWO_REQUESTS.finding("It holds more than one BEGIN line of a request."),)
    for name, recognised, unwrap in _WRAPPINGS:
        if recognised.search(text):
            return _unwrapped(unwrap(text), form.format(f"{name} ({{}})"))
    return _contents(open_armour(text), form)


def _unwrapped(inner: Unwrapped | Finding, form: str) -> Outcome:
    if isinstance(inner, Finding):
        return (inner,)
    return _contents(open_armour(_unix_lines(inner.text)), form, before(inner.before))


def _contents(armoured: Armoured | tuple[Finding, ...], form: str, findings: tuple[Finding, ...] = ()) -> Outcome:
    if not isinstance(armoured, Armoured):
        return findings + armoured
    findings += armoured.findings
    request = only_request(armoured.octets)
    if isinstance(request, Finding):
        return (*findings, request)
    return findings if refusals(findings) else Contents(request, form.format(armoured.kind), findings)
