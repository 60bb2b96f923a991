"""Whole ceremonies on a real SoftHSM token, wired as the command line does it."""

import base64
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import wire
from offline_root.anchor import read_anchor
from offline_root.audit.note import parse_body, parse_note
from offline_root.findings import Severity
from offline_root.model import ROOT, Refused
from offline_root.response.verify import verify_response
from tests.offline_root.station.rooms import Room, Slip, agreed, approve, approved, slip, whole

pytestmark = pytest.mark.e2e


def size_of(note: bytes) -> int:
    """Return how many lines a checkpoint signs."""
    return parse_body(parse_note(note).text).size


def in_base64(secret: bytes) -> list[bytes]:
    """Return what base64 makes of a secret in the middle of something, whichever way it falls."""
    encoded = (base64.b64encode(bytes(ahead) + secret)[(ahead * 8 + 5) // 6 : -4] for ahead in range(3))
    return list(encoded)


class TestSigning:
    def test_goes_from_the_request_to_a_verified_response(self, room: Room, tmp_path: Path) -> None:
        delivered = whole(room, tmp_path / "stick", slip("test"), slip("prod"))

        files = wire.read_folder(delivered.path)
        anchor = read_anchor((room.place.path / "anchor.json").read_bytes())
        verified = verify_response(files, anchor)
        assert verified.findings == ()
        assert [each.environment for each in verified.issued] == [ROOT, "test", "prod"]
        root = x509.load_pem_x509_certificate(files["root-ca.pem"])
        for name in ("test-ca.der", "prod-ca.der"):
            x509.load_der_x509_certificate(files[name]).verify_directly_issued_by(root)

    def test_records_every_step_in_order(self, room: Room, tmp_path: Path) -> None:
        before = len(room.events())

        whole(room, tmp_path / "stick", slip())

        assert room.events()[before:] == [
            "ceremony-opened",
            "token-open-attempted",
            "token-opened",
            "request-read",
            "request-approved",
            "signing-started",
            "certificate-issued",
            "statement-made",
            "statement-made",
            "response-written",
            "ceremony-closed",
        ]

    def test_signs_a_checkpoint_at_opening_before_the_first_signature_before_the_response_and_at_the_end(
        self, room: Room, tmp_path: Path
    ) -> None:
        sizes = []
        with room.ceremony() as station:
            start = len(station.entries) - 3
            sizes.append(size_of(room.checkpoint))
            first, second = approved(station, slip()), approved(station, slip("prod"))
            for approval in (first, second):
                station.sign(approval)
                sizes.append(size_of(room.checkpoint))
            agreed(station)
            delivered = station.deliver(wire.WiredFolder(tmp_path / "stick"))
            sizes.append(size_of(room.checkpoint))
            room.close(station)
        sizes.append(size_of(room.checkpoint))

        # Opened, attempted, opened: 3. Two requests read and approved: 7; none before the second signature. Two
        # signatures of two lines and two statements: 13. The response and the end: 15.
        assert [each - start for each in sizes] == [3, 7, 7, 13, 15]
        files = wire.read_folder(delivered.path)
        assert size_of(files["audit/checkpoint"]) == sizes[3]
        assert files["audit/checkpoint"] != files["closing-checkpoint"] == room.checkpoint
        assert files["audit/log.jsonl"] == b"".join(room.log.splitlines(keepends=True)[: sizes[3]])
        assert room.head.startswith(f"{sizes[4]}:")

    def test_of_a_good_and_a_bad_request_delivers_the_certificate_and_the_refusal(
        self, room: Room, tmp_path: Path
    ) -> None:
        bad = slip("prod", "Some other CA")

        files = wire.read_folder(whole(room, tmp_path / "stick", slip(), bad).path)

        assert "test-ca.pem" in files
        assert "prod-ca.pem" not in files
        refusal = files["prod-ca-refused.txt"].decode()
        assert "REFUSE request.subject" in refusal
        assert "What to do: " in refusal
        assert "request-refused" in room.events()

    def test_of_several_for_one_environment_names_the_files_by_a_piece_of_the_hash(
        self, room: Room, tmp_path: Path
    ) -> None:
        one, two = slip(), slip("test", "PrivSec Intermediate CA (test) G2")

        delivered = whole(room, tmp_path / "stick", one, two)

        names = {path.name for path in delivered.path.glob("test-ca*")}
        stems = {f"test-ca-{each.issued.sha256[:8]}" for each in delivered.answers}
        assert len(stems) == 2
        assert names == {f"{stem}{end}" for stem in stems for end in (".pem", ".der", ".p7b", "-chain.pem")}
        anchor = read_anchor((room.place.path / "anchor.json").read_bytes())
        assert verify_response(wire.read_folder(delivered.path), anchor).findings == ()

    def test_refuses_the_same_request_again(self, room: Room, tmp_path: Path) -> None:
        asked = slip()
        whole(room, tmp_path / "one", asked)

        with room.ceremony() as station:
            refused = approve(station, asked)
            room.close(station)

        assert isinstance(refused, Refused)
        assert "request.already-answered" in {each.code for each in refused.findings}

    def test_refuses_what_was_typed_wrong_from_paper_and_logs_it(self, room: Room) -> None:
        asked = slip()
        with room.ceremony() as station:
            refused = approve(station, Slip(asked.data, asked.environment, "0" * 64, asked.file))
            room.close(station)

        assert isinstance(refused, Refused)
        assert "approval.fingerprint-mismatch" in {each.code for each in refused.findings}
        assert room.events().count("request-refused") == 1

    def test_never_keeps_a_challenge_password(self, room: Room, tmp_path: Path) -> None:
        secret = "Rumpelstilzchen"
        asked = slip(password=secret)
        with room.ceremony() as station:
            first = approve(station, asked)
            assert isinstance(first, Refused)
            warned = {each.code for each in first.findings if each.severity is Severity.WARN}
            approval = approve(station, asked, sorted(warned))
            assert not isinstance(approval, Refused)
            station.sign(approval)
            agreed(station)
            delivered = station.deliver(wire.WiredFolder(tmp_path / "stick"))
            room.close(station)

        assert secret.encode() in x509.load_pem_x509_csr(asked.data).public_bytes(Encoding.DER)
        kept = [path.read_bytes() for path in (*room.home.path.rglob("audit/*"), *delivered.path.rglob("*.*"))]
        forms = (secret.encode(), secret.encode().hex().encode(), *in_base64(secret.encode()))
        assert [form for form in forms for data in kept if form in data] == []
        assert b"withheld: it holds a challenge password" in room.log

    @pytest.mark.parametrize("fake_key", [b"-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n", b""])
    def test_keeps_the_hash_of_a_refused_file_unless_a_private_key_is_in_it(self, fake: Room, fake_key: bytes) -> None:
        data = b"no request\n" + fake_key
        with fake.ceremony() as station:
            assert isinstance(approve(station, Slip(data, "test", "", "x.csr")), Refused)
            fake.close(station)

        assert (sha256(data).hexdigest().encode() in fake.log) is not bool(fake_key)
        assert (b"request.file.private-key" in fake.log) is bool(fake_key)
