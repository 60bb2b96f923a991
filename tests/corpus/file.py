"""Forms of files that hold no request, more than one, or one in a wrapping that nobody agreed on."""

import base64
import gzip
import json
import quopri

from offline_root import der
from tests.corpus.build import Vector, Vectors, csr
from tests.corpus.keys import curve
from tests.offline_root.request.derived import pem

WHY = (
    "A file that two programs take apart differently holds two requests. It is read only in a form that is recognised "
    "as a whole, with one request in it and nothing that could be another, or a key."
)


def files() -> Vectors:
    """Yield them all."""
    for file, what, content in _texts():
        yield Vector(f"file/{file}", what, content.encode())
    for file, what, octets in _octets():
        yield Vector(f"file/{file}", what, octets)


def _texts() -> tuple[tuple[str, str, str], ...]:
    octets, other = csr(), csr(by=curve("two"))
    text, second = pem(octets), pem(other)
    flat = base64.b64encode(octets).decode()
    endless = b"\x30\x80" + der.element(octets).content + b"\0\0"
    return (
        ("ber.pem", "PEM of a request of indefinite length", pem(endless)),
        ("two-in-one-block.pem", "one PEM block with two requests", pem(octets + other)),
        ("behind-in-block.pem", "one PEM block with octets behind the request", pem(octets + bytes(8))),
        ("pem-in-pem.pem", "a PEM block of a PEM block", pem(text.encode())),
        ("pem-in-base64.txt", "base64 of a PEM block", base64.b64encode(text.encode()).decode()),
        (
            "base64-url.txt",
            "base64 with the characters of URLs",
            base64.urlsafe_b64encode(csr(by=curve("url"))).decode(),
        ),
        ("base64-two.txt", "two requests in base64, one a line", f"{flat}\n{base64.b64encode(other).decode()}\n"),
        ("hex.txt", "a request in hex digits", octets.hex()),
        ("other-label.pem", "the label is X509 CERTIFICATE REQUEST", text.replace("CERTIFICATE", "X509 CERTIFICATE")),
        (
            "end-before-begin.pem",
            "good: an END line stands before the BEGIN line, as text",
            "-----END CERTIFICATE REQUEST-----\n" + text,
        ),
        (
            "begin-in-block.pem",
            "a BEGIN line of a certificate inside the block",
            text.replace("\n", "\n-----BEGIN CERTIFICATE-----\n", 1),
        ),
        ("hidden-second.pem", "a second request whose BEGIN line is indented and in a comment", f"{text}# {second}"),
        ("second-before-mark.pem", "two requests, the second behind a byte order mark", f"{text}\ufeff{second}"),
        (
            "new-and-old.pem",
            "a request labelled NEW, and another one labelled as usual",
            text.replace("CERTIFICATE", "NEW CERTIFICATE") + second,
        ),
        ("html.csr", "a web page with the request in it", f"<html><body><pre>{text}</pre></body></html>\n"),
        ("xml.csr", "XML with the request in it", f'<?xml version="1.0"?><csr>{text}</csr>\n'),
        (
            "mail.csr",
            "a mail, quoted-printable",
            f"Subject: our CA\n\n{quopri.encodestring(text.encode(), quotetabs=True).decode()}",
        ),
        (
            "quoted-mail.csr",
            "a mail that was answered: > before each line",
            "".join(f"> {line}\n" for line in text.splitlines()),
        ),
        (
            "numbers.csr",
            "each line has its number",
            "".join(f"{n}\t{line}\n" for n, line in enumerate(text.splitlines(), 1)),
        ),
        (
            "ssh.csr",
            "a public key of SSH",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtlcwogdGVzdCBrZXkgb2YgdGhlIGNvcnB1cyAg ca@test\n",
        ),
        (
            "pgp.csr",
            "a public key of PGP",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
        ),
        ("spkac.csr", "a request of Netscape's kind (SPKAC)", f"SPKAC={flat}\n"),
        ("two.json", "a list of two requests", json.dumps([{"csr": text}, {"csr": second}])),
        ("two-spellings.json", "fields csr and CSR", json.dumps({"csr": text, "CSR": second})),
        ("comment.json", "JSON with a comment", f'{{"csr": {json.dumps(text)} /* ours */}}'),
        ("single-quotes.json", "JSON with single quotes", "{'csr': " + json.dumps(text) + "}"),
        ("nan.json", "good: JSON with NaN, which is not looked at", f'{{"csr": {json.dumps(text)}, "a": NaN}}'),
        ("two-objects.json", "two objects behind each other", json.dumps({"csr": text}) * 2),
        ("json-in-json.json", "a request in JSON in a string of JSON", json.dumps({"csr": json.dumps({"csr": text})})),
        ("number.json", "the field csr is a number", '{"csr": 5}'),
        ("list.json", "the field csr is a list of lines", json.dumps({"csr": text.splitlines()})),
        (
            "certificate-chain.json",
            "good: a chain of certificates beside the request",
            json.dumps({"csr": text, "ca_chain": ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]}),
        ),
        (
            "escapes.json",
            "good: every character of the JSON is an escape",
            '{"csr": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}',
        ),
        ("tabs.yaml", "YAML indented with tabs", "data:\n\tcsr: " + json.dumps(text)),
        ("yes.yaml", "the field csr is yes", "csr: yes\n"),
        ("literal.yaml", "good: YAML with the request as a literal block", "csr: |\n  " + text.replace("\n", "\n  ")),
        ("two-keys.yaml", "a YAML list of two requests", f"- csr: {flat}\n- csr: {base64.b64encode(other).decode()}\n"),
    )


def _octets() -> tuple[tuple[str, str, bytes], ...]:
    octets = csr()
    text = pem(octets)
    return (
        ("gzip.csr", "the request compressed", gzip.compress(text.encode(), mtime=0)),
        ("zip.csr", "the beginning of a ZIP archive", b"PK\x03\x04" + bytes(26) + text.encode()),
        ("utf-7.csr", "the request in UTF-7", text.encode("utf-7").replace(b"-----", b"+AC0ALQAtAC0ALQ-")),
        ("utf-32.csr", "the request in UTF-32", text.encode("utf-32")),
        ("ebcdic.csr", "the request in EBCDIC", text.encode("cp500")),
        ("nul-between.pem", "a NUL stands in the base64", text.replace("\n", "\n\0", 2).encode()),
        ("nul-behind.pem", "NULs stand behind the request", text.encode() + bytes(64)),
        (
            "mark-in-the-middle.pem",
            "a byte order mark stands in the base64",
            text.replace("\n", "\n\ufeff", 2).encode(),
        ),
        ("two-marks.pem", "two byte order marks", b"\xef\xbb\xbf" * 2 + text.encode()),
        ("der-behind-mark.der", "DER behind a byte order mark", b"\xef\xbb\xbf" + octets),
        ("der-behind-newline.der", "DER behind a line break", b"\n" + octets),
        ("elf.csr", "the beginning of a program", b"\x7fELF\x02\x01\x01" + bytes(57)),
        ("one-octet.csr", "one octet: 30", b"\x30"),
        ("lone-high.csr", "one octet: ff", b"\xff"),
        ("random.csr", "octets without any sense", bytes((n * n * 7 + 13) % 251 for n in range(2000))),
    )
