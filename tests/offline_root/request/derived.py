"""Files that are made of others, the same each time: requests in every wrapping, damaged ones, and private keys."""

import base64
import json
from dataclasses import replace
from pathlib import Path

from tests.offline_root.request.structures import request

FOLDER = Path(__file__).parents[2] / "vectors" / "requests"

_BASE, _SECOND = "openssl-ec.pem", "openssl-ed25519.pem"


def derived() -> dict[str, bytes]:
    """Return content by file name."""
    return {**wrapped(), **_damaged(), **_beside(), **_exposed()}


def _read(name: str) -> str:
    return FOLDER.joinpath(name).read_text()


def octets_of(text: str) -> bytes:
    """Return what the first PEM block holds."""
    return base64.b64decode("".join(text.split("-----")[2].split()))


def pem(octets: bytes, label: str = "CERTIFICATE REQUEST") -> str:
    """Return a PEM block."""
    body = base64.encodebytes(octets).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def _table(value: str, *rows: str) -> str:
    return "\n".join(("Key       Value", "---       -----", f"csr       {value}", *rows, ""))


_KEY_ID = "key_id    12345678-1234-1234-1234-123456789abc"


def wrapped() -> dict[str, bytes]:
    """Return requests that are read."""
    text = _read(_BASE)
    octets = octets_of(text)
    flat, lines = base64.b64encode(octets).decode(), base64.encodebytes(octets).decode()
    smallest = replace(request(octets_of(_read(_SECOND))), subject=b"\x30\x00").encoded()
    texts = {
        "crlf.pem": text.replace("\n", "\r\n"),
        "cr.pem": text.replace("\n", "\r"),
        "no-final-newline.pem": text.rstrip("\n"),
        "blank-lines.pem": f"\n \n{text}\n\t\n\n",
        "one-line.pem": text.replace("\n", ""),
        "spaces-for-line-breaks.pem": text.replace("\n", " "),
        "indented.pem": text.replace("-----BEGIN", "  -----BEGIN").replace("\n", "\n  "),
        "bom.pem": "\ufeff" + text,
        "text-before.pem": f"# The request of our test CA,\n\tin Zürich: “new”\n{text}",
        "escaped.txt": text.replace("\n", "\\n"),
        "escaped-crlf.txt": text.replace("\n", "\\r\\n"),
        "escaped-cr.txt": text.replace("\n", "\\r"),
        "escaped-text-before.txt": "made today\\n" + text.replace("\n", "\\n"),
        "quoted.txt": json.dumps(text),
        "array.json": json.dumps([text]),
        "bare.json": json.dumps({"csr": text}),
        "bare-crlf.json": json.dumps({"csr": text.replace("\n", "\r\n")}),
        "cfssl-without-key.json": json.dumps({"csr": text, "key": ""}),
        "other-types.json": json.dumps({"csr": text, "a": [1, 2.5, True, None], "b": {"c": 10**30}}),
        "base64.txt": flat,
        "base64-lines.txt": lines,
        "base64-smallest.txt": base64.b64encode(smallest).decode(),
        "document-marker.yaml": f"---\ndata:\n  csr: {json.dumps(text)}\n  key_id: 1\n...\n",
        "quoted.yaml": f"csr: {json.dumps(text)}\n",
        "folded.yaml": "csr: >-\n  " + text.replace("\n", "\n  "),
        "no-key-id-table.csr": _table(text),
        "crlf-table.csr": _table(text.rstrip(), _KEY_ID).replace("\n", "\r\n"),
        "key-id-first-table.csr": _table("", "").split("csr")[0] + f"{_KEY_ID}\ncsr       {text}",
        "text-that-names-keys.pem": f"No private key here. private_key: none. BEGIN, PRIVATE KEY and END.\n{text}",
        "prompt-before.pem": f"[root@ca ~]# openssl req -new\n{text}",
    }
    utf_16 = {
        "utf-16-le.pem": b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
        "utf-16-be.pem": b"\xfe\xff" + text.encode("utf-16-be"),
        "utf-16-table.csr": b"\xff\xfe" + _table(text.rstrip(), _KEY_ID).encode("utf-16-le"),
        "utf-16.json": b"\xff\xfe" + json.dumps({"data": {"csr": text}}).encode("utf-16-le"),
    }
    return {**{name: content.encode() for name, content in texts.items()}, **utf_16, "smallest.der": smallest}


def _damaged() -> dict[str, bytes]:
    """Return texts that are refused."""
    text, second = _read(_BASE), _read(_SECOND)
    octets = octets_of(text)
    flat = base64.b64encode(octets).decode()
    json_text, line = json.dumps(text), text.split("\n")[2]
    texts = {
        "empty.csr": "",
        "blank.csr": " \r\n\t\n",
        "zeros.csr": "\x00" * 512,
        "mark-alone.csr": "\ufeff",
        "too-large.pem": "text\n" * 14_000 + text,
        "words.txt": "The request follows by mail.\n",
        "warnings-alone.txt": "WARNING! The following warnings were returned from OpenBao:\n",
        "four-dashes.pem": text.replace("REQUEST-----", "REQUEST----"),
        "no-begin.pem": text.split("\n", 1)[1],
        "cut-off.pem": text[: len(text) // 2],
        "other-end.pem": text.replace("END CERT", "END NEW CERT"),
        "empty-block.pem": pem(b""),
        "character.pem": text.replace(line, line[:10] + "*" + line[11:]),
        "no-break-space.pem": text.replace(line, line[:10] + "\xa0" + line[10:]),
        "lost-character.pem": text.replace(line, line[1:]),
        "unused-bits.pem": _unused_bits(octets),
        "no-padding.txt": base64.b64encode(octets[: len(octets) // 3 * 3 - 1]).decode().rstrip("="),
        "character.txt": flat[:50] + "-" + flat[51:],
        "header-in-block.pem": text.replace("REQUEST-----\n", "REQUEST-----\nProc-Type: 4\n\n", 1),
        "behind-text.pem": text + "key_id 1\n",
        "behind-nul.pem": text + "\x00" * 16,
        "behind-ctrl-z.pem": text + "\x1a",
        "behind-and-damaged.pem": "text before\n" + text.replace(line, line[1:]) + "behind\n",
        "escape-before.pem": f"\x1b[2J\x1b[31mred\n{text}",
        "bidi-before.pem": f"\u202eabc\n{text}",
        "unprintable-table.csr": f"\x1b[0m\n{_table(text.rstrip(), _KEY_ID)}",
        "other-row-table.csr": _table(text.rstrip(), _KEY_ID, "lease_id  1"),
        "behind-table.csr": _table(text.rstrip(), _KEY_ID, "Done."),
        "behind-request-table.csr": _table(text.rstrip(), "Done.", _KEY_ID),
        "before-rows-table.csr": _table(text.rstrip(), _KEY_ID).replace("csr  ", "stray\ncsr  "),
        "no-csr-table.csr": _table("x").replace("csr", "key"),
        "no-rows-table.csr": "Key       Value\n---       -----\n",
        "no-csr.json": json.dumps({"errors": ["permission denied"]}),
        "null.json": json.dumps({"data": {"csr": None}}),
        "empty-list.json": "[]",
        "empty-csr.json": json.dumps({"csr": ""}),
        "no-csr.yaml": "data:\n  key_id: 1\n",
        "comma.json": f'{{"csr": {json_text},}}',
        "cut-off.json": f'{{"csr": {json_text}',
        "doubled-key.json": f'{{"csr": {json_text}, "a": 1, "a": 2}}',
        "deep.json": '{"csr": ' + '{"a": ' * 9 + json_text + "}" * 10,
        "brackets.json": "[" * 5_000,
        "many-digits.json": f'{{"csr": {json_text}, "a": {"9" * 5_000}}}',
        "lone-surrogate.json": json.dumps({"csr": "\ud800"}),
        "colons.yaml": f"csr: a: {json_text}\n",
        "anchor.yaml": f"csr: &a {json_text}\n",
        "alias.yaml": f"a: x\ncsr: {json_text}\nb: *a\n",
        "tag.yaml": f"csr: !!str {json_text}\n",
        "python-tag.yaml": "csr: !!python/object/apply:os.system ['true']\n",
        "merge.yaml": f"csr: {json_text}\n<<: *a\n",
        "doubled-key.yaml": f"csr: {json_text}\na: 1\na: 2\n",
        "deep.yaml": "csr: " + "[" * 2_000,
        "many-values.yaml": "csr: [" + "a, " * 1_000 + "a]\n",
        "two-documents.yaml": f"csr: {json_text}\n---\na: 1\n",
        "control-character.yaml": "csr: \x01\n",
        "bomb.yaml": "csr: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a, *a]\n" for n in range(30)),
        "two.pem": text + second,
        "same-twice.pem": text + text,
        "two-blocks.json": json.dumps({"csr": text + second}),
        "two-escaped.json": json.dumps({"csr": text, "a": second}).replace("BEGIN", "\\u0042EGIN"),
        "two-fields.json": json.dumps({"csr": flat, "data": {"csr": flat}}),
        "doubled-csr.json": f'{{"csr": "{flat}", "csr": "{flat}"}}',
        "doubled-data.json": f'{{"data": {{"csr": "{flat}"}}, "data": {{"csr": "{flat}"}}}}',
        "doubled-csr.yaml": f"csr: {flat}\ncsr: {flat}\n",
        "doubled-csr-table.csr": _table(flat, f"csr       {flat}"),
        "two-tables.csr": _table(flat, _KEY_ID) * 2,
    }
    return {
        **{name: content.encode() for name, content in texts.items()},
        "latin-1.pem": b"Grue\xdfe\n" + text.encode(),
        "utf-16-cut-off.pem": b"\xff\xfe" + text.encode("utf-16-le")[:-1],
        "utf-16-without-mark.pem": text.encode("utf-16-le"),
        "utf-32.pem": b"\xff\xfe\x00\x00" + text.encode("utf-32-le"),
        "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    }


def _unused_bits(octets: bytes) -> str:
    """Return base64 of a length that leaves two bits unused, with one of them set."""
    text = base64.b64encode(octets[: len(octets) // 3 * 3 - 1]).decode()
    last = chr(ord(text[-2]) + 1)
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text[:-2]}{last}=\n-----END CERTIFICATE REQUEST-----\n"


def _beside() -> dict[str, bytes]:
    """Return what is not a request, or not a request alone."""
    text, certificate = _read(_BASE), _read("openssl-certificate.pem")
    texts = {
        "certificate-as-request.pem": pem(octets_of(certificate)),
        "certificate-base64.txt": base64.encodebytes(octets_of(certificate)).decode(),
        "certificate.json": json.dumps({"csr": certificate}),
        "trusted-certificate.pem": certificate.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        "unknown-block.pem": text.replace("CERTIFICATE REQUEST", "\x1b[31mTHING"),
        "lower-case.pem": text.replace("CERTIFICATE REQUEST", "certificate request"),
        "certificate-before.pem": certificate + text,
        "certificate-behind.pem": text + certificate,
        "parameters-before.pem": pem(bytes.fromhex("06052b81040022"), "EC PARAMETERS") + text,
    }
    return {name: content.encode() for name, content in texts.items()}


def _exposed() -> dict[str, bytes]:
    """Return requests with a private key beside them, in all wrappings, and keys alone in some."""
    text, key, rsa_key = _read(_BASE), _read("key-sec1.pem"), _read("key-pkcs1.pem")
    octets, key_der = octets_of(text), FOLDER.joinpath("key-pkcs8.der").read_bytes()
    flat, key_flat = base64.b64encode(octets).decode(), base64.b64encode(key_der).decode()
    texts = {
        "exposed-before.pem": key + text,
        "exposed-behind.pem": text + rsa_key,
        "exposed-begin-line-alone.pem": key.split("\n")[0] + "\n" + text,
        "exposed-end-line-alone.pem": "\n".join(key.split("\n")[2:]) + text,
        "exposed-lower-case.pem": key.lower() + text,
        "exposed-other-dashes.pem": key.replace("-----", "----  ") + text,
        "exposed-without-lines.txt": f"{text}\n{key_flat}\n",
        "exposed-base64-of-pem.yaml": f"csr: {flat}\nk: {base64.b64encode(key.encode()).decode()}\n",
        "exposed-cfssl.json": json.dumps({"csr": text, "key": key}),
        "exposed-escaped.json": json.dumps({"csr": text, "key": key}).replace("PRIVATE", "\\u0050RIVATE"),
        "exposed-escaped.yaml": f"csr: {flat}\nk: {json.dumps(key).replace('PRIVATE', chr(92) + 'x50RIVATE')}\n",
        "exposed-field.json": json.dumps({"csr": text, "privateKey": "c2VjcmV0"}),
        "exposed-field.yaml": f"csr: {flat}\nprivate_key: c2VjcmV0\n",
        "exposed-field-table.csr": _table(flat, "private_key    c2VjcmV0"),
        "exposed-base64.json": json.dumps({"csr": flat, "a": [{"b": key_flat}]}),
        "exposed-malformed.json": json.dumps({"csr": flat, "key": key})[:-1],
    }
    return {
        **{name: content.encode() for name, content in texts.items()},
        "exposed-behind.der": octets + key_der,
        "exposed-utf-16.pem": b"\xff\xfe" + (key + text).encode("utf-16-le"),
        "exposed-utf-16-without-mark.pem": (text + key).encode("utf-16-be"),
        "exposed-latin-1.pem": b"Schl\xfcssel\n" + (key + text).encode(),
        "exposed-too-large.pem": (key + text + "text\n" * 14_000).encode(),
    }
