"""Notes that others signed verify here, and notes made here verify with openssl."""

import subprocess
from pathlib import Path

import pytest

from offline_root.audit.note import (
    Checkpoint,
    KeyKind,
    UntrustedNote,
    VerifierKey,
    body,
    parse_note,
    parse_verifier,
    verify_note,
)
from tests.offline_root.audit.logs import ORIGIN, SIGNERS

NOTES = Path(__file__).parent / "notes"
CHECKPOINT = Checkpoint(ORIGIN, 11, bytes(range(32)))


def foreign(name: str) -> tuple[VerifierKey, bytes]:
    return parse_verifier((NOTES / f"{name}.vkey").read_text("utf-8").strip()), (NOTES / f"{name}.note").read_bytes()


@pytest.mark.parametrize("name", ["c2sp-example", "go-example"])
def test_a_foreign_note_verifies_here_but_is_no_checkpoint(name: str) -> None:
    verifier, note = foreign(name)
    parsed = parse_note(note)
    assert verifier.verify(parsed.signatures[0].signature, parsed.text)
    with pytest.raises(UntrustedNote, match="not a checkpoint"):
        verify_note(note, verifier)


@pytest.mark.parametrize(
    ("name", "size"), [("sum.golang.org", 63096908), ("rekor.sigstore.dev", 798034), ("pixel6", 10)]
)
def test_a_foreign_checkpoint_verifies_here(name: str, size: int) -> None:
    verifier, note = foreign(name)
    assert verify_note(note, verifier, exact=True).size == size


@pytest.mark.parametrize("kind", SIGNERS)
@pytest.mark.parametrize("true", [True, False], ids=["true", "false"])
def test_openssl_agrees(kind: str, true: bool, tmp_path: Path) -> None:
    signer = SIGNERS[kind]
    note = parse_note(signer.note(CHECKPOINT))
    (tmp_path / "key").write_bytes(signer.verifier.spki())
    (tmp_path / "signature").write_bytes(note.signatures[0].signature)
    (tmp_path / "text").write_bytes(body(CHECKPOINT if true else Checkpoint(ORIGIN, 12, CHECKPOINT.root)))
    how = {
        KeyKind.ED25519: "pkeyutl -verify -rawin -pubin -keyform DER -inkey key -sigfile signature -in text",
        KeyKind.ECDSA_P256: "dgst -sha256 -keyform DER -verify key -signature signature text",
    }[signer.verifier.kind]
    done = subprocess.run(["openssl", *how.split()], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode == 0) is true, done
