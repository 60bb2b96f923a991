"""The form of signed checkpoints and verifier keys: what is written, what is taken, and that nothing else is."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from offline_root.audit import note as subject
from offline_root.audit.note import Checkpoint, KeyKind, UntrustedNote, VerifierKey
from tests.offline_root.audit.logs import ORIGIN, SIGNERS, Signer, ed25519_signer, p256_signer

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 11, ROOT)
BODY = f"{ORIGIN}\n11\n{base64.b64encode(ROOT).decode()}\n".encode()
OURS = SIGNERS["ed25519"]
OTHER = ed25519_signer(b"\x01" * 32, "witness.example/w1")
NOTES = {kind: signer.note(CHECKPOINT) for kind, signer in SIGNERS.items()}  # once: no two ECDSA signatures are equal
NOTE = NOTES["ed25519"]
OUR_LINE = NOTE.removeprefix(BODY + b"\n")
OTHER_LINE = OTHER.note(CHECKPOINT).removeprefix(BODY + b"\n")

MALFORMED = {
    "empty": (b"", "does not end with"),
    "no signature": (BODY, "does not end with"),
    "nothing after the blank line": (BODY + b"\n", "1 to 16"),
    "no blank line": (BODY + OUR_LINE, "does not end with"),
    "no final newline": (NOTE[:-1], "does not end with"),
    "17 signatures": (BODY + b"\n" + OUR_LINE * 17, "1 to 16"),
    "blank line at the end": (NOTE + b"\n", "1 to 16"),
    "too large": (b"x" * subject.MAX_NOTE + b"\n\n" + OUR_LINE, "larger"),
    "Latin-1": (NOTE.replace("—".encode(), b"\x97"), "UTF-8"),
    "surrogate": (b"\xed\xa0\x80" + NOTE, "UTF-8"),
    "carriage returns": (NOTE.replace(b"\n", b"\r\n"), "control"),
    "tab": (b"\t" + NOTE, "control"),
    "NUL": (NOTE.replace(b"11", b"1\x001"), "control"),
    "hyphen": (NOTE.replace("—".encode(), b"-"), "malformed"),
    "no space after the dash": (NOTE.replace("— ".encode(), "—".encode()), "malformed"),
    "no name": (NOTE.replace(b" " + ORIGIN.encode() + b" ", b"  "), "malformed"),
    "plus in the name": (NOTE.replace(b" " + ORIGIN.encode(), b" a+b"), "malformed"),
    "wide space in the name": (NOTE.replace(b" " + ORIGIN.encode(), " a\u2003b".encode()), "malformed"),
    "space at the end": (NOTE[:-1] + b" \n", "base64"),
    "no base64": (BODY + b"\n" + "— x ****\n".encode(), "base64"),
    "no padding": (NOTE.replace(b"=", b""), "base64"),
    "loose bits in base64": (BODY + b"\n" + "— x AAAAAAB=\n".encode(), "base64"),
    "URL base64": (BODY + b"\n" + "— x __________8=\n".encode(), "base64"),
    "only a key ID": (BODY + b"\n" + "— x AAAAAA==\n".encode(), "malformed"),
    "nothing encoded": (BODY + b"\n" + "— x \n".encode(), "malformed"),
}

BODIES = {
    "two lines": BODY.rsplit(b"\n", 2)[0] + b"\n",
    "extension line": BODY + b"extension\n",
    "blank line in the text": BODY + b"\n",
    "no origin": BODY.removeprefix(ORIGIN.encode()),
    "leading zero": BODY.replace(b"11", b"011"),
    "plus sign": BODY.replace(b"11", b"+11"),
    "minus sign": BODY.replace(b"11", b"-11"),
    "underscore": BODY.replace(b"11", b"1_1"),
    "space": BODY.replace(b"11", b" 11"),
    "other digits": BODY.replace(b"11", "\N{ARABIC-INDIC DIGIT ONE}".encode()),
    "hexadecimal": BODY.replace(b"11", b"0xb"),
    "too large": BODY.replace(b"11", b"9" * 19),
    "far too large": BODY.replace(b"11", b"9" * 10_000),
    "short root": BODY.replace(base64.b64encode(ROOT), base64.b64encode(ROOT[:31])),
    "no root": BODY.replace(base64.b64encode(ROOT), b""),
    "loose bits in base64": BODY.replace(b"Hh8=", b"Hh9="),
}

both_kinds = pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)


def reason_for(data: bytes, verifier: VerifierKey = OURS.verifier, *, exact: bool = False) -> str:
    with pytest.raises(UntrustedNote) as refused:
        subject.verify_note(data, verifier, exact=exact)
    return refused.value.reason


def signed(text: bytes, signer: Signer = OURS) -> bytes:
    """Return a note over any text, with a good signature."""
    line = base64.b64encode(signer.verifier.key_id() + signer.sign(text))
    return text + b"\n\xe2\x80\x94 " + signer.verifier.name.encode() + b" " + line + b"\n"


class TestWriting:
    def test_body_is_three_lines(self) -> None:
        assert subject.body(CHECKPOINT) == BODY

    def test_an_empty_log_has_size_0(self) -> None:
        assert subject.body(Checkpoint(ORIGIN, 0, ROOT)).split(b"\n")[1] == b"0"

    @both_kinds
    def test_note_is_body_blank_line_and_signature_line(self, signer: Signer) -> None:
        text, blank, line = signer.note(CHECKPOINT).rpartition(b"\n\n")
        dash, name, encoded = line.split(b" ")
        raw = base64.b64decode(encoded)
        assert text + blank[:1] == BODY
        assert (dash, name) == ("—".encode(), ORIGIN.encode())
        assert raw[:4] == signer.verifier.key_id()
        assert signer.verifier.verify(raw[4:], BODY)

    @pytest.mark.parametrize(
        ("origin", "size", "root"),
        [
            ("", 1, ROOT),
            ("a\nb", 1, ROOT),
            ("a\x00", 1, ROOT),
            ("a", -1, ROOT),
            ("a", 1 << 63, ROOT),
            ("a", 1, ROOT[1:]),
        ],
        ids=["empty origin", "two lines", "control character", "negative size", "huge size", "short root"],
    )
    def test_an_impossible_checkpoint_cannot_be_made(self, origin: str, size: int, root: bytes) -> None:
        with pytest.raises(ValueError, match=r"^the "):
            Checkpoint(origin, size, root)


class TestVerifying:
    @both_kinds
    @given(size=st.integers(0, subject.MAX_SIZE), root=st.binary(min_size=32, max_size=32))
    def test_gives_back_what_was_signed(self, signer: Signer, size: int, root: bytes) -> None:
        checkpoint = Checkpoint(ORIGIN, size, root)
        assert subject.verify_note(signer.note(checkpoint), signer.verifier, exact=True) == checkpoint

    def test_ignores_signatures_of_other_keys(self) -> None:
        for lines in (OTHER_LINE + OUR_LINE, OUR_LINE + OTHER_LINE, OUR_LINE + OTHER_LINE * 15):
            assert subject.verify_note(BODY + b"\n" + lines, OURS.verifier) == CHECKPOINT

    @pytest.mark.parametrize("lines", [OTHER_LINE + OUR_LINE, OUR_LINE + OTHER_LINE, OUR_LINE * 2], ids=range(3))
    def test_refuses_further_signatures_when_it_must_be_exact(self, lines: bytes) -> None:
        subject.verify_note(BODY + b"\n" + lines, OURS.verifier)
        assert "more than the one signature" in reason_for(BODY + b"\n" + lines, exact=True)

    def test_refuses_a_note_that_only_others_signed(self) -> None:
        assert "not signed by the audit key" in reason_for(BODY + b"\n" + OTHER_LINE)

    def test_ignores_a_key_that_shares_only_the_name_or_only_the_key_id(self) -> None:
        same_name = ed25519_signer(b"\x02" * 32)
        same_id = OUR_LINE.replace(ORIGIN.encode(), b"offline-root/prod")
        assert "not signed by" in reason_for(same_name.note(CHECKPOINT))
        assert "not signed by" in reason_for(BODY + b"\n" + same_id)

    def test_refuses_the_whole_note_for_one_wrong_signature_of_our_key(self) -> None:
        wrong = OURS.note(Checkpoint(ORIGIN, 12, ROOT)).rpartition(b"\n\n")[2]
        for lines in (wrong, OUR_LINE + wrong, wrong + OUR_LINE):
            assert "is wrong" in reason_for(BODY + b"\n" + lines)

    @pytest.mark.parametrize("kind", SIGNERS)
    def test_finds_every_flipped_bit(self, kind: str) -> None:
        good, verifier = NOTES[kind], SIGNERS[kind].verifier
        for bit in range(8 * len(good)):
            damaged = bytearray(good)
            damaged[bit // 8] ^= 1 << bit % 8
            reason_for(bytes(damaged), verifier, exact=True)

    @pytest.mark.parametrize("kind", SIGNERS)
    @given(data=st.data())
    def test_refuses_every_damaged_note_in_one_way(self, kind: str, data: st.DataObject) -> None:
        good = NOTES[kind]
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, len(good)))
        piece = data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b"\n\n", b"=", b" ", OTHER_LINE, good]))
        damaged = good[:start] + piece + good[end:]
        if damaged != good:
            reason_for(damaged, SIGNERS[kind].verifier, exact=True)

    @given(st.binary() | st.text().map(str.encode))
    def test_raises_nothing_but_untrusted_note(self, data: bytes) -> None:
        reason_for(data)

    @given(st.binary() | st.text().map(str.encode))
    def test_raises_nothing_else_for_any_signed_text(self, text: bytes) -> None:
        reason_for(signed(text))


class TestForm:
    @pytest.mark.parametrize(("data", "reason"), MALFORMED.values(), ids=MALFORMED)
    def test_a_malformed_note_is_refused(self, data: bytes, reason: str) -> None:
        assert reason in reason_for(data)

    @pytest.mark.parametrize("text", BODIES.values(), ids=BODIES)
    def test_a_signed_text_that_is_no_checkpoint_is_refused(self, text: bytes) -> None:
        assert text != BODY
        assert "checkpoint" in reason_for(signed(text))

    def test_no_newline_at_the_end_of_a_text_is_refused(self) -> None:
        with pytest.raises(UntrustedNote, match="checkpoint"):
            subject.parse_body(BODY + b"x")

    def test_the_text_may_be_anything_for_parse_note(self) -> None:
        note = subject.parse_note(b"a\n\nb\n\n\xe2\x80\x94 x AAAAAAA=\n")
        assert note == subject.Note(b"a\n\nb\n", (subject.Signature("x", bytes(4), bytes(1)),))


class TestVerifierKey:
    @both_kinds
    def test_text_is_undone_by_parse(self, signer: Signer) -> None:
        assert subject.parse_verifier(signer.verifier.text()) == signer.verifier

    @both_kinds
    def test_spki_is_undone_by_verifier_from_spki(self, signer: Signer) -> None:
        assert subject.verifier_from_spki(ORIGIN, signer.verifier.spki()) == signer.verifier

    def test_key_id_depends_on_the_name_for_ed25519_only(self) -> None:
        assert ed25519_signer(name="a").verifier.key_id() != ed25519_signer(name="b").verifier.key_id()
        assert p256_signer(name="a").verifier.key_id() == p256_signer(name="b").verifier.key_id()

    @both_kinds
    @given(text=st.text() | st.sampled_from(["+", "a+", "++", "a+00000000+AQ==", "a+00000000+"]))
    def test_raises_nothing_but_value_error(self, signer: Signer, text: str) -> None:
        for wrong in (text, f"a+{text}", f"a+00000000+{text}", f"{signer.verifier.text()}{text} "):
            with pytest.raises(ValueError):  # noqa: PT011 # whatever it says
                subject.parse_verifier(wrong)

    @both_kinds
    def test_finds_every_changed_character(self, signer: Signer) -> None:
        """But for the name before an ECDSA key: its key ID is not over the name."""
        good = signer.verifier.text()
        for place in range(0 if signer.verifier.kind is KeyKind.ED25519 else len(ORIGIN), len(good)):
            for character in "A0+= \n\ud800":
                wrong = good[:place] + character + good[place + 1 :]
                if wrong != good:
                    with pytest.raises(ValueError):  # noqa: PT011 # whatever it says
                        subject.parse_verifier(wrong)

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x00b", "a\u00a0"], ids=ascii)
    def test_refuses_a_name_that_signed_note_forbids(self, name: str) -> None:
        with pytest.raises(ValueError, match="the key name"):
            VerifierKey(name, KeyKind.ED25519, bytes(32))

    def test_refuses_a_key_that_is_not_of_its_kind(self) -> None:
        ours, other = OURS.verifier, p256_signer().verifier
        for kind, key in ((KeyKind.ECDSA_P256, ours.spki()), (KeyKind.ED25519, other.public_key[-32:] + b"x")):
            with pytest.raises(ValueError, match="key"):
                VerifierKey(ORIGIN, kind, key)

    @pytest.mark.parametrize(
        "key",
        [
            ec.derive_private_key(5, ec.SECP384R1()),
            rsa.generate_private_key(65537, 2048),
            x25519.X25519PrivateKey.generate(),
        ],
        ids=["P-384", "RSA", "X25519"],
    )
    def test_refuses_other_kinds_of_key(
        self, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | x25519.X25519PrivateKey
    ) -> None:
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(ValueError, match="neither Ed25519 nor P-256"):
            subject.verifier_from_spki(ORIGIN, spki)

    def test_refuses_a_key_of_an_unknown_algorithm(self) -> None:
        unknown = OURS.verifier.spki().replace(bytes.fromhex("2b6570"), bytes.fromhex("2b657f"))
        with pytest.raises(ValueError, match="unknown kind"):
            subject.verifier_from_spki(ORIGIN, unknown)

    def test_refuses_a_compressed_point(self) -> None:
        key = ec.derive_private_key(12345, ec.SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        spki = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
        with pytest.raises(ValueError, match="canonical DER"):
            subject.verifier_from_spki(ORIGIN, spki)

    @given(st.binary())
    def test_refuses_anything_that_is_not_a_key(self, spki: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 # cryptography's own text
            subject.verifier_from_spki(ORIGIN, spki)

    @both_kinds
    @given(signature=st.binary(max_size=80))
    def test_verify_takes_no_made_up_signature(self, signer: Signer, signature: bytes) -> None:
        assert not signer.verifier.verify(signature, BODY)
