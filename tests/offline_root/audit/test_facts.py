"""What the log keeps of a request: all that can be told, nothing secret, nothing that a screen would obey, no end."""

from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID

from offline_root import der
from offline_root.audit.entry import FIRST_PREV, Entry, Facts, encode
from offline_root.audit.facts import request_approved, request_read, request_refused
from offline_root.audit.state import decoded
from offline_root.checks.approval import FINGERPRINT_MISMATCH
from offline_root.findings import Severity
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Approval, Refused
from offline_root.review import approve
from tests.authorities import GOOD_NAME, csr, handmade, key, read, root
from tests.offline_root.request.structures import oid

SECRET = b"correct horse battery"
TRICKY = "te\u202est\x1b.csr"
SHOWN = "te<U+202E>st<U+001B>.csr"


def line(event: str, facts: Facts) -> str:
    return encode(Entry(0, "2026-11-23T11:30:00Z", FIRST_PREV, event, facts)).decode()


class TestRead:
    def test_keeps_the_whole_request(self) -> None:
        request = read(csr(), TRICKY)
        facts = request_read(request)
        assert decoded(str(facts["request"])) == request.der
        assert {name: facts[name] for name in facts if name != "request"} == {
            "file": SHOWN,
            "file_sha256": request.file_sha256,
            "form": "DER",
            "request_sha256": fingerprint(request.der),
            "key": request.fingerprint,
        }
        assert line("request-read", facts)

    def test_keeps_no_challenge_password(self) -> None:
        builder = x509.CertificateSigningRequestBuilder().subject_name(GOOD_NAME)
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, SECRET)
        data = builder.sign(key(KeyKind.EC_P384, 1), SHA256()).public_bytes(Encoding.DER)
        request = read(data)
        facts = request_read(request)
        assert facts["request"] == "withheld: it holds a challenge password"
        assert facts["request_sha256"] == fingerprint(data)
        assert SECRET.hex() not in line("request-read", facts)
        assert "horse" not in line("request-read", facts)


class TestApproved:
    def test_says_what_was_typed_and_accepted(self) -> None:
        request = read(csr(), "prod.csr")
        reviewed = root().review(request)
        approved = approve(reviewed, request.fingerprint[:32], ("request.file.other-environment",))
        assert isinstance(approved, Approval)
        assert request_approved(approved) == {
            "file": "prod.csr",
            "environment": "test",
            "serial": "0123456789ABCDEF0123",
            "request_sha256": fingerprint(request.der),
            "tbs_sha256": fingerprint(approved.tbs),
            "confirmation": request.fingerprint[:32],
            "acknowledged": ("request.file.other-environment",),
        }
        assert line("request-approved", request_approved(approved))


class TestRefused:
    def test_keeps_every_code_and_finding(self) -> None:
        findings = root().review(read(csr(private=key(KeyKind.EC_P521)))).findings
        facts = request_refused(Refused(TRICKY, "test", findings))
        assert facts["file"] == SHOWN
        assert facts["environment"] == "test"
        assert facts["codes"] == [
            "certificate.extended-key-usage.absent",
            "request.key.kind",
            "request.subject.added",
            "review.name-constraints.open",
        ]
        assert facts["found"] == 5
        kept = facts["findings"]
        assert isinstance(kept, list)
        assert kept == [findings[0].facts(), *(each.facts() for each in findings[1:])]
        assert kept[0]["severity"] == "refuse"

    def test_escapes_and_cuts_long_messages(self) -> None:
        finding = FINGERPRINT_MISMATCH.finding("\x1b" + "x" * 1000)
        cut = {**finding.facts(), "message": "<U+001B>" + "x" * 492 + "… (1008 characters)"}
        assert request_refused(Refused("a", "test", (finding,)))["findings"] == [cut]
        whole = FINGERPRINT_MISMATCH.finding("x" * 500)
        assert request_refused(Refused("a", "test", (whole,)))["findings"] == [whole.facts()]

    def test_keeps_refusals_first_and_not_without_end(self) -> None:
        refusal = FINGERPRINT_MISMATCH.finding("no")
        noise = replace(refusal, code="noise", severity=Severity.WARN)
        facts = request_refused(Refused("a", "test", (*[noise] * 300, refusal)))
        kept = facts["findings"]
        assert isinstance(kept, list)
        assert kept[0] == refusal.facts()
        assert (len(kept), facts["found"], facts["codes"]) == (100, 301, [refusal.code, "noise"])

    def test_of_the_worst_request_still_fits_a_line(self) -> None:
        """64 KiB of attributes that no policy knows give thousands of findings."""
        rdns = [
            der.wrap(0x31, der.sequence(oid(f"1.3.{number}"), der.wrap(0x0C, "\u202e".encode())))
            for number in range(4000)
        ]
        request = read(handmade(key(KeyKind.EC_P384, 1), subject=der.sequence(*rdns)))
        findings = root().review(request).findings
        assert len(findings) > 8000
        assert line("request-refused", request_refused(Refused("a" * 255, "test", findings)))
