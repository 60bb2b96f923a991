"""From a draft to a certificate: the exact TBSCertificate, the signature around it, and what is not let through."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import der, issue, keys
from offline_root.errors import CeremonyError
from offline_root.keys import SIGNING, KeyKind
from offline_root.model import Der, Draft, Serial
from offline_root.policy.model import Policy
from tests.authorities import NOW, Root, csr, key, policy, read, root, sign, spki, with_root

ROOTS = list(SIGNING)
REQUEST = read(csr())
DRAFT = Draft(Serial(0xC0FFEE), NOW, NOW + timedelta(days=90))


def of_kind(kind: KeyKind) -> Policy:
    return with_root(policy(), key=kind)


def tbs_of(made: Root, draft: Draft = DRAFT) -> Der:
    tbs = made.review(REQUEST, draft=draft).tbs
    assert tbs is not None
    return tbs


def refused(certificate: Der, tbs: Der, made: Root) -> str:
    with pytest.raises(CeremonyError) as caught:
        issue.verify(certificate, tbs, spki(made.private))
    assert not caught.value.retry
    return caught.value.what


class TestEveryKindOfRoot:
    @pytest.mark.parametrize("kind", ROOTS)
    def test_gives_certificates_that_verify(self, kind: KeyKind, tmp_path: Path) -> None:
        made = root(of_kind(kind))
        certificate = issue.load(made.signed(tbs_of(made)))

        certificate.verify_directly_issued_by(made.parsed)
        made.parsed.verify_directly_issued_by(made.parsed)
        (tmp_path / "root.pem").write_bytes(made.parsed.public_bytes(Encoding.PEM))
        (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        at = str(int(NOW.timestamp()))
        asked = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-attime", at, "-CAfile", "root.pem"]
        said = subprocess.run([*asked, "root.pem", "ca.pem"], cwd=tmp_path, check=False, capture_output=True, text=True)
        assert (said.stdout, said.stderr) == ("root.pem: OK\nca.pem: OK\n", "")

    @pytest.mark.parametrize("kind", ROOTS)
    def test_signs_what_was_reviewed(self, kind: KeyKind) -> None:
        made = root(of_kind(kind))
        tbs = tbs_of(made)
        issue.verify(made.signed(tbs), tbs, spki(made.private))
        assert issue.load(made.signed(tbs)).tbs_certificate_bytes == tbs

    @pytest.mark.parametrize("kind", ROOTS)
    def test_gets_a_tbs_that_no_throwaway_key_shows_in(self, kind: KeyKind, monkeypatch: pytest.MonkeyPatch) -> None:
        made = root(of_kind(kind))
        before = tbs_of(made)
        other = keys._MAKERS[kind]()
        monkeypatch.setattr(issue, "throwaway", lambda _kind: other)
        assert tbs_of(made) == before
        assert made.review(REQUEST, draft=DRAFT).throwaway is not None

    @pytest.mark.parametrize("kind", ROOTS)
    def test_has_its_own_algorithm_inside_and_outside(self, kind: KeyKind) -> None:
        made = root(of_kind(kind))
        tbs = tbs_of(made)
        inner, outer = issue.fields(tbs).signature, der.element(made.signed(tbs)).children()[1].raw
        assert inner == outer
        assert issue.load(made.signed(tbs)).signature_algorithm_oid == made.parsed.signature_algorithm_oid


class TestVerify:
    @pytest.mark.parametrize("kind", ROOTS)
    def test_refuses_the_signature_of_another_key(self, kind: KeyKind) -> None:
        made = root(of_kind(kind))
        tbs = tbs_of(made)
        wrong = issue.assemble(tbs, sign(key(kind, 7), kind, tbs))
        assert "does not verify with the root's public key" in refused(wrong, tbs, made)

    @pytest.mark.parametrize("kind", [KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA_3072])
    def test_refuses_every_flipped_bit_of_a_signature(self, kind: KeyKind) -> None:
        made = root(of_kind(kind))
        tbs = tbs_of(made)
        signature = sign(made.private, kind, tbs)
        for bit in range(0, 8 * len(signature), max(1, len(signature) // 24)):
            flipped = bytearray(signature)
            flipped[bit // 8] ^= 1 << bit % 8
            refused(issue.assemble(tbs, bytes(flipped)), tbs, made)

    @pytest.mark.parametrize("signature", [b"", b"\0" * 104])
    def test_refuses_no_signature(self, signature: bytes) -> None:
        made = root()
        refused(issue.assemble(tbs_of(made), signature), tbs_of(made), made)

    def test_refuses_another_tbs_though_it_is_well_signed(self) -> None:
        made = root()
        other = tbs_of(made, replace(DRAFT, serial=Serial(5)))
        assert "not the one that was reviewed" in refused(made.signed(other), tbs_of(made), made)

    def test_refuses_another_algorithm_around_the_tbs(self) -> None:
        made = root()
        tbs = tbs_of(made)
        inside, _, signature = der.element(made.signed(tbs)).children()
        sha256 = der.sequence(bytes.fromhex("06082a8648ce3d040302"))
        assert issue.fields(tbs).signature != sha256
        changed = Der(der.sequence(inside.raw, sha256, signature.raw))
        assert "not the one that was reviewed" in refused(changed, tbs, made)

    def test_refuses_a_signature_with_another_hash(self) -> None:
        made = root()
        tbs = tbs_of(made)
        assert isinstance(made.private, ec.EllipticCurvePrivateKey)
        refused(issue.assemble(tbs, made.private.sign(tbs, ec.ECDSA(SHA256()))), tbs, made)


class TestFields:
    def test_are_the_bytes_that_went_in(self) -> None:
        made = root()
        found = issue.fields(tbs_of(made))
        assert found.issuer == made.parsed.subject.public_bytes()
        assert found.public_key == REQUEST.public_key
        assert issue.load(made.signed(tbs_of(made))).subject.public_bytes() == found.subject

    def test_give_the_key_of_a_certificate(self) -> None:
        made = root()
        assert issue.spki_of(made.parsed) == spki(made.private)

    def test_need_seven_members_and_no_more(self) -> None:
        """A certificate without extensions has just these."""
        members = [each.raw for each in der.element(tbs_of(root())).children()]
        assert issue.fields(Der(der.sequence(*members[:7]))) == issue.fields(Der(der.sequence(*members)))
        with pytest.raises(der.DerError):
            issue.fields(Der(der.sequence(*members[:6])))

    @pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"\x30\x80", b"rubbish"])
    def test_of_something_else_are_an_error(self, data: bytes) -> None:
        with pytest.raises(der.DerError):
            issue.fields(Der(data))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestDates:
    @pytest.mark.parametrize(
        ("moment", "encoded"),
        [
            ("2026-11-23T11:30:00", b"\x17\x0d261123113000Z"),
            ("2049-12-31T23:59:59", b"\x17\x0d491231235959Z"),
            ("2050-01-01T00:00:00", b"\x18\x0f20500101000000Z"),
            ("2052-02-29T12:00:00", b"\x18\x0f20520229120000Z"),
        ],
    )
    def test_change_their_form_with_the_year_2050(self, moment: str, encoded: bytes) -> None:
        made = root()
        draft = Draft(Serial(1), NOW, max(NOW, at(moment)))
        members = der.element(tbs_of(made, draft)).children()
        assert members[4].children()[1].raw == encoded

    @pytest.mark.parametrize("days", [1, 3650, 9000])
    def test_come_back_out_of_the_tbs(self, days: int) -> None:
        draft = Draft(Serial(1), NOW, NOW + timedelta(days=days))
        assert issue.validity(tbs_of(root(), draft)) == (draft.not_before, draft.not_after)


class TestSerial:
    @pytest.mark.parametrize("number", [1, 0x7F, 0x80, 1 << 158, (1 << 159) - 1])
    def test_is_positive_and_has_at_most_20_octets(self, number: int) -> None:
        tbs = tbs_of(root(), replace(DRAFT, serial=Serial(number)))
        serial = der.element(tbs).children()[1]
        assert int.from_bytes(serial.content, signed=True) == number
        assert len(serial.content) <= 20
        assert x509.load_der_x509_certificate(issue.assemble(tbs, b"")).serial_number == number

    @pytest.mark.parametrize("number", [0, -1, 1 << 159])
    def test_beyond_that_is_an_error(self, number: int) -> None:
        with pytest.raises(ValueError, match="serial number"):
            tbs_of(root(), replace(DRAFT, serial=Serial(number)))
