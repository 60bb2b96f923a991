"""`verify` on folders that the right audit key has sealed: what is inside still has to fit log, root and anchor."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from offline_root import crl, issue, wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import head_at
from offline_root.audit.entry import FIRST_PREV, Facts, link
from offline_root.audit.note import Checkpoint
from offline_root.audit.state import State, encoded
from offline_root.keys import fingerprint
from offline_root.model import CrlNumber, Der, Revocation
from offline_root.moments import utc_text
from offline_root.response.files import certificate_files, crl_files
from offline_root.response.manifest import CLOSING
from offline_root.response.verify import verify_response
from tests.crls import DRAFT, REVOKED, some_crl
from tests.offline_root.audit.logs import line_after
from tests.offline_root.response.folders import Files, Owned, resealed
from tests.offline_root.station.rooms import NOW, fake_room

LOG, CHECKPOINT = "audit/log.jsonl", "audit/checkpoint"


def found(files: Files, owner: Owned) -> set[tuple[str, str]]:
    verified = verify_response(resealed(files, owner.signer), owner.anchor)
    return {(each.code.removeprefix("response."), each.field) for each in verified.findings}


def with_log(owner: Owned, log: bytes) -> Files:
    """Return the files with another log, under checkpoints that are right for it."""
    size = log.count(b"\n")
    root = head_at(log, size)
    assert root
    heads = {CHECKPOINT: Checkpoint(owner.anchor.verifier.name, size, root)}
    heads[CLOSING] = Checkpoint(owner.anchor.verifier.name, size + 2, bytes(32))
    return {**owner.files, LOG: log, **{name: owner.signer.note(head) for name, head in heads.items()}}


def relinked(log: bytes) -> bytes:
    """Return a log whose lines were changed, with every link made right again."""
    lines: list[bytes] = []
    for line in log.splitlines(keepends=True):
        entry = json.loads(line)
        entry["prev"] = link(lines[-1]) if lines else FIRST_PREV
        lines.append(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return b"".join(lines)


def issued(certificate: bytes) -> Facts:
    return {
        "environment": "test",
        "serial": "0A",
        "file": "x.csr",
        "request_sha256": "",
        "certificate": encoded(certificate),
        "sha256": fingerprint(certificate),
        "key": "",
    }


def self_made(issuer: x509.Name, signing_key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """Return a certificate that says `issuer` issued it, signed by a key of its own or by the one given."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Evil CA")])
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), 10, NOW, NOW + timedelta(days=1))
    return builder.sign(signing_key or key, SHA384() if signing_key else SHA256()).public_bytes(Encoding.DER)


def test_the_same_files_pass(foreign: Owned) -> None:
    assert found(foreign.files, foreign) == set()
    assert found(with_log(foreign, foreign.files[LOG]), foreign) == set()


class TestForms:
    @pytest.mark.parametrize("name", ["test-ca.pem", "test-ca.p7b", "test-ca-chain.pem", "prod-ca.pem"])
    def test_that_hold_something_else_are_refused(self, foreign: Owned, name: str) -> None:
        assert found({**foreign.files, name: foreign.files[name] + b"\n"}, foreign) == {("form", name)}

    @pytest.mark.parametrize("name", ["test-ca.pem", "test-ca.p7b"])
    def test_that_are_missing_are_refused(self, foreign: Owned, name: str) -> None:
        files = {each: data for each, data in foreign.files.items() if each != name}
        assert found(files, foreign) == {("form", name)}

    def test_of_the_root_that_hold_something_else_are_refused(self, foreign: Owned) -> None:
        assert found({**foreign.files, "root-ca.pem": b"no root"}, foreign) == {("form", "root-ca.pem")}
        assert found({**foreign.files, "root-ca.der": b"no root"}, foreign) == {("anchor", "root-ca.der")}

    def test_chain_in_another_order_is_refused(self, foreign: Owned) -> None:
        turned = foreign.files["root-ca.pem"] + foreign.files["test-ca.pem"]
        assert found({**foreign.files, "test-ca-chain.pem": turned}, foreign) == {("form", "test-ca-chain.pem")}


class TestRoot:
    def test_of_the_log_must_be_that_of_the_anchor(self, foreign: Owned, tmp_path: Path) -> None:
        """The audit key alone must not be able to stand in for the root: here it seals another root's log and files."""
        other = fake_room(tmp_path / "home")
        root = wire.read_state(other.place).root
        log = foreign.files[LOG].replace(encoded(foreign.files["root-ca.der"]).encode(), encoded(root).encode())
        files = with_log(foreign, relinked(log))
        assert ("anchor", LOG) in found(files, foreign)


class TestCertificate:
    def test_that_the_log_does_not_know_is_refused(self, foreign: Owned) -> None:
        files = {**foreign.files, "test-ca.der": self_made(x509.Name([]))}
        assert found(files, foreign) == {("certificate", "test-ca.der")}

    def test_without_its_der_is_refused(self, foreign: Owned) -> None:
        files = {name: data for name, data in foreign.files.items() if name != "test-ca.der"}
        assert found(files, foreign) == {("certificate", "test-ca.der")}

    @pytest.mark.parametrize("named", [True, False])
    def test_that_the_root_did_not_sign_is_refused_though_the_log_knows_it(self, foreign: Owned, named: bool) -> None:
        root = Der(foreign.files["root-ca.der"])
        issuer = x509.load_der_x509_certificate(root).subject if named else x509.Name([])
        certificate = Der(self_made(issuer))
        log = foreign.files[LOG]
        files = with_log(foreign, log + line_after(log, "certificate-issued", issued(certificate)))
        assert found(files | certificate_files("evil", certificate, root), foreign) == {("certificate", "evil.der")}

    def test_that_names_another_issuer_is_refused_though_the_root_key_signed_it(self, foreign: Owned) -> None:
        root, log = Der(foreign.files["root-ca.der"]), foreign.files[LOG]
        subject = x509.load_der_x509_certificate(root).subject
        for issuer, expected in ((subject, set()), (x509.Name([]), {("certificate", "other.der")})):
            certificate = Der(self_made(issuer, foreign.root_key))
            files = with_log(foreign, log + line_after(log, "certificate-issued", issued(certificate)))
            assert found(files | certificate_files("other", certificate, root), foreign) == expected


class TestCrl:
    NUMBER = CrlNumber(1 << 40)

    def issued(self, owner: Owned, data: Der, *before: tuple[str, Facts], number: int = NUMBER) -> Files:
        """Return the files of a log that goes on with another CRL, and with that CRL."""
        log = owner.files[LOG]
        facts = {"crl_number": str(number), "this_update": utc_text(NOW), "next_update": utc_text(NOW)}
        for event, about in (*before, ("crl-issued", {**facts, "crl": encoded(data), "sha256": fingerprint(data)})):
            log += line_after(log, event, about)
        return with_log(owner, log) | crl_files(data)

    def signed(self, owner: Owned, *entries: Revocation) -> Der:
        """Return a CRL that the root's key signed."""
        state = State(root=Der(owner.files["root-ca.der"]), revocations=entries)
        tbs = crl.review(state, replace(DRAFT, number=self.NUMBER)).tbs
        return issue.assemble(tbs, owner.root_key.sign(tbs, ec.ECDSA(SHA384())))

    def test_that_the_log_knows_passes(self, foreign: Owned) -> None:
        assert found(self.issued(foreign, self.signed(foreign)), foreign) == set()

    @pytest.mark.parametrize("name", ["root-ca.crl", "root-ca.crl.pem"])
    def test_that_is_not_the_newest_of_the_log_is_refused(self, foreign: Owned, name: str) -> None:
        files = self.issued(foreign, self.signed(foreign)) | {name: foreign.files[name]}
        assert found(files, foreign) == {("crl", name)}

    def test_that_the_root_did_not_sign_is_refused_though_the_log_knows_it(self, foreign: Owned) -> None:
        other = some_crl(draft=replace(DRAFT, number=self.NUMBER)).der
        assert ("crl.signature", "signature") in found(self.issued(foreign, other), foreign)

    def test_that_the_log_calls_by_another_number_is_refused(self, foreign: Owned) -> None:
        files = self.issued(foreign, self.signed(foreign), number=self.NUMBER + 1)
        assert found(files, foreign) == {("crl", LOG)}

    def test_that_does_not_list_what_was_revoked_is_refused(self, foreign: Owned) -> None:
        revoked = ("certificate-revoked", {"serial": "0ABC", "reason": "superseded", "date": utc_text(NOW)})
        assert found(self.issued(foreign, self.signed(foreign), revoked), foreign) == {("crl.entry-missing", "0ABC")}
        assert found(self.issued(foreign, self.signed(foreign, REVOKED), revoked), foreign) == set()
        assert found(self.issued(foreign, self.signed(foreign, REVOKED)), foreign) == {("crl.entry-unknown", "0ABC")}

    def test_that_is_none_is_refused_and_never_a_crash(self, foreign: Owned) -> None:
        log = foreign.files[LOG]
        facts = {"crl_number": str(self.NUMBER), "this_update": utc_text(NOW), "next_update": utc_text(NOW)}
        files = with_log(foreign, log + line_after(log, "crl-issued", {**facts, "crl": encoded(b"no CRL")}))
        assert found(files, foreign) == {("log", LOG)}


class TestLog:
    def test_that_is_shorter_than_its_checkpoint_is_refused(self, foreign: Owned) -> None:
        lines = foreign.files[LOG].splitlines(keepends=True)
        assert found({**foreign.files, LOG: b"".join(lines[:-1])}, foreign) == {("checkpoint", CHECKPOINT)}

    def test_that_is_longer_than_its_checkpoint_is_refused(self, foreign: Owned) -> None:
        log = foreign.files[LOG]
        longer = log + line_after(log, "statement-made", {"person": "Eve"})
        assert found({**foreign.files, LOG: longer}, foreign) == {("checkpoint", CHECKPOINT)}

    def test_whose_last_line_is_another_is_refused(self, foreign: Owned) -> None:
        *lines, last = foreign.files[LOG].splitlines(keepends=True)
        other = last.replace(b"Wanda", b"Wilma")
        assert other != last
        assert found({**foreign.files, LOG: b"".join((*lines, other))}, foreign) == {("checkpoint", CHECKPOINT)}

    def test_that_is_no_chain_is_refused(self, foreign: Owned) -> None:
        broken = foreign.files[LOG].replace(b"Wanda", b"Wilma", 1)
        assert found({**foreign.files, LOG: broken}, foreign) == {("log", LOG)}

    def test_with_a_line_that_is_not_complete_is_refused(self, foreign: Owned) -> None:
        assert found({**foreign.files, LOG: foreign.files[LOG] + b'{"half'}, foreign) == {("log", LOG)}

    @pytest.mark.parametrize(
        ("event", "facts"),
        [
            ("note-of-the-future", {}),
            ("certificate-issued", issued(b"")),
            ("certificate-issued", issued(b"0\x03\x02\x01\x00")),
            ("authority-created", {"origin": "x", "rehearsal": "no", "audit_verifier": "nonsense"}),
        ],
    )
    def test_that_tells_nonsense_is_refused_and_never_a_crash(self, foreign: Owned, event: str, facts: Facts) -> None:
        log = foreign.files[LOG]
        files = with_log(foreign, log + line_after(log, event, facts))
        assert found(files, foreign) == {("log", LOG)}
        assert verify_response(files, None).findings[0].code == "response.log"

    def test_with_a_certificate_over_a_key_that_does_not_exist_is_refused(self, foreign: Owned) -> None:
        certificate = bytearray(self_made(x509.Name([])))
        place = certificate.index(bytes.fromhex("03420004")) + 4
        certificate[place : place + 64] = bytes(64)  # a point that is not on the curve
        log = foreign.files[LOG]
        files = with_log(foreign, log + line_after(log, "certificate-issued", issued(bytes(certificate))))
        assert found(files, foreign) == {("log", LOG)}

    def test_of_another_authority_is_refused(self, foreign: Owned) -> None:
        log = foreign.files[LOG]
        anchor = Anchor(foreign.anchor.root_sha256, foreign.anchor.verifier)
        created = {"origin": "offline-root/other", "rehearsal": "no", "audit_verifier": anchor.verifier.text()}
        files = with_log(foreign, log + line_after(log, "authority-created", created))
        assert found(files, foreign) == {("anchor", LOG)}
