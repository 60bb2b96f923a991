"""VERIFY.txt as it is printed, run as it tells a stranger to: `sh VERIFY.txt` in the folder."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offline_root.issue import load
from offline_root.model import Der
from tests.offline_root.audit.logs import SIGNERS, line_after
from tests.offline_root.response.folders import Files, Owned, Response, held, log_of, of_log, resealed, written
from tests.offline_root.station.rooms import POLICY, fake_room

GUARD = 300.0
SHELLS = ("dash", "bash")
OK = "ALL CHECKS PASSED, if step 1 did.\n"
LOG, CHECKPOINT, CLOSING = "audit/log.jsonl", "audit/checkpoint", "closing-checkpoint"


def checked(folder: Path, shell: str = "sh") -> tuple[bool, str]:
    """Run VERIFY.txt; return whether it passed, and its last line."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = subprocess.run([shell, "VERIFY.txt"], cwd=folder, capture_output=True, text=True, timeout=GUARD, check=False)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert (done.returncode == 0) == done.stdout.endswith(OK)
    return done.returncode == 0, done.stdout.splitlines()[-1] if done.stdout else done.stderr


def changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("shell", SHELLS)
class TestWholeResponse:
    def test_passes(self, response: Response, tmp_path: Path, shell: str) -> None:
        assert checked(response.write(tmp_path / "folder"), shell) == (True, OK.strip())

    def test_passes_with_a_p256_audit_key(self, p256: Response, tmp_path: Path, shell: str) -> None:
        assert checked(p256.write(tmp_path / "folder"), shell) == (True, OK.strip())

    def test_passes_where_the_path_has_spaces(self, response: Response, tmp_path: Path, shell: str) -> None:
        assert checked(response.write(tmp_path / "a folder; of $HOME"), shell)[0]


def test_passes_when_the_certificates_have_expired(tmp_path: Path) -> None:
    """An auditor comes years later."""
    over = POLICY.replace('file_name = "test-ca"', 'file_name = "test-ca"\nvalidity = "1d"\nmax_leaf_validity = "1h"')
    made = held(fake_room(tmp_path / "home", text=over), tmp_path / "stick")
    assert load(Der(made.files["test-ca.der"])).not_valid_after_utc < datetime.now(UTC)
    assert checked(made.write(tmp_path / "folder")) == (True, OK.strip())


def test_is_clean_for_shellcheck(response: Response, p256: Response, tmp_path: Path) -> None:
    for number, each in enumerate((response, p256)):
        path = tmp_path / f"{number}.sh"
        path.write_bytes(each.files["VERIFY.txt"])
        done = subprocess.run(["shellcheck", "--shell=sh", path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_says_what_is_on_paper(response: Response) -> None:
    text = response.files["VERIFY.txt"].decode()
    assert f"root certificate, SHA-256   {response.anchor.root_sha256}\n" in text
    assert f"audit key, SHA-256          {response.anchor.audit_sha256}\n" in text
    assert "@" not in text


Change = Callable[[Files, Files], Files]
BROKEN: dict[str, tuple[Change, str]] = {
    "a log line was changed": (lambda own, _: {LOG: changed(own[LOG], 300)}, "a file differs from SHA256SUMS"),
    "a certificate was changed": (
        lambda own, _: {"test-ca.der": changed(own["test-ca.der"], 200)},
        "a file differs from SHA256SUMS",
    ),
    "a file was added": (lambda _, __: {"more.txt": b""}, "the folder holds other files than SHA256SUMS lists"),
    "a file with a space was added": (lambda _, __: {" x": b""}, "the folder holds other files than SHA256SUMS lists"),
    "a hidden file was added": (lambda _, __: {".x": b""}, "the folder holds other files than SHA256SUMS lists"),
    "a file with lines of the list as its name was added": (
        lambda _, __: {"COMPLETE\nSHA256SUMS": b""},
        "the folder holds other files than SHA256SUMS lists",
    ),
    "the first checkpoint is foreign": (
        lambda _, other: {CHECKPOINT: other[CHECKPOINT]},
        "a file differs from SHA256SUMS",
    ),
    "the closing checkpoint is foreign": (
        lambda _, other: {CLOSING: other[CLOSING]},
        "closing-checkpoint is not signed by the audit key",
    ),
    "the closing checkpoint is the first": (
        lambda own, _: {CLOSING: own[CHECKPOINT]},
        "closing-checkpoint is older than the log",
    ),
    "SHA256SUMS was changed": (
        lambda own, _: {"SHA256SUMS": changed(own["SHA256SUMS"], 5)},
        "SHA256SUMS is not the one that COMPLETE names",
    ),
    "COMPLETE was changed": (
        lambda own, _: {"COMPLETE": changed(own["COMPLETE"], 5)},
        "SHA256SUMS is not the one that COMPLETE names",
    ),
    "the signature was changed": (
        lambda own, _: {"SHA256SUMS.sig": changed(own["SHA256SUMS.sig"], 9)},
        "SHA256SUMS is not signed by the audit key",
    ),
    "the root is another": (
        lambda _, other: {"root-ca.pem": other["root-ca.pem"]},
        "root-ca.pem is not the root of step 1",
    ),
    "everything but the check is another": (
        lambda own, other: {**other, "VERIFY.txt": own["VERIFY.txt"]},
        "root-ca.pem is not the root of step 1",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_fails_when(response: Response, foreign: Owned, tmp_path: Path, name: str) -> None:
    change, said = BROKEN[name]
    folder = response.write(tmp_path / "folder", **change(response.files, foreign.files))
    assert checked(folder) == (False, f"FAILED: {said}")


def test_fails_when_any_file_is_removed(response: Response, tmp_path: Path) -> None:
    for number, name in enumerate(each for each in sorted(response.files) if each != "VERIFY.txt"):
        folder = response.write(tmp_path / str(number))
        (folder / name).unlink()
        passed, said = checked(folder)
        assert not passed, name
        assert said.startswith("FAILED: "), (name, said)


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_fails_when_something_is_added_that_is_no_file(response: Response, tmp_path: Path, kind: str) -> None:
    folder = response.write(tmp_path / "folder")
    if kind == "link":
        (folder / "autorun").symlink_to("/dev/null")
    else:
        subprocess.run(["mkfifo", folder / "pipe"], check=True)
    assert checked(folder) == (False, "FAILED: the folder holds something that is not a plain file")


class TestSealedAgain:
    """What whoever holds the audit key could still not hide."""

    def test_a_log_that_is_no_chain_fails(self, foreign: Owned, tmp_path: Path) -> None:
        files = resealed({**foreign.files, LOG: changed(foreign.files[LOG], 300)}, foreign.signer)
        passed, said = checked(written(files, tmp_path / "folder"))
        assert (passed, said[:16]) == (False, "FAILED: line 2 o")

    def test_a_log_without_its_last_line_fails(self, foreign: Owned, tmp_path: Path) -> None:
        shorter = b"".join(foreign.files[LOG].splitlines(keepends=True)[:-1])
        files = resealed({**foreign.files, LOG: shorter}, foreign.signer)
        said = "FAILED: the checkpoint is of a log of another size"
        assert checked(written(files, tmp_path / "folder")) == (False, said)

    def test_a_log_whose_last_line_is_another_fails(self, foreign: Owned, tmp_path: Path) -> None:
        log = foreign.files[LOG]
        files = resealed({**foreign.files, LOG: log.replace(b"Wanda Witness", b"Wilma Witness")}, foreign.signer)
        assert not checked(written(files, tmp_path / "folder"))[0]
        files = resealed({**foreign.files, LOG: changed(log, len(log) - 5)}, foreign.signer)
        said = "FAILED: the checkpoint's root hash is not that of the log"
        assert checked(written(files, tmp_path / "other")) == (False, said)

    def test_a_certificate_that_the_root_did_not_sign_fails(
        self, response: Response, foreign: Owned, tmp_path: Path
    ) -> None:
        files = resealed({**foreign.files, "test-ca.pem": response.files["test-ca.pem"]}, foreign.signer)
        said = "FAILED: ./test-ca.pem is not signed by the root"
        assert checked(written(files, tmp_path / "folder")) == (False, said)

    def test_a_crl_that_the_root_did_not_sign_fails(self, response: Response, foreign: Owned, tmp_path: Path) -> None:
        files = resealed({**foreign.files, "root-ca.crl": response.files["root-ca.crl"]}, foreign.signer)
        assert checked(written(files, tmp_path / "folder")) == (False, "FAILED: root-ca.crl is not signed by the root")

    def test_a_crl_that_is_not_the_newest_of_the_log_fails(self, foreign: Owned, tmp_path: Path) -> None:
        log = log_of(5, foreign.files)
        log += line_after(log, "crl-issued", {"sha256": "0" * 64})
        said = "FAILED: root-ca.crl is not the newest CRL of the log"
        assert checked(written(of_log(log, foreign.signer, foreign.files), tmp_path / "folder")) == (False, said)

    def test_a_certificate_that_the_log_does_not_know_fails(self, foreign: Owned, tmp_path: Path) -> None:
        files = of_log(log_of(5, foreign.files), foreign.signer, foreign.files)
        assert checked(written(files, tmp_path / "folder"))[0]
        files |= {name: foreign.files[name] for name in ("test-ca.pem", "test-ca-chain.pem")}
        said = "FAILED: the log does not know ./test-ca.pem"
        assert checked(written(resealed(files, foreign.signer), tmp_path / "other")) == (False, said)


@pytest.mark.parametrize(
    ("size", "kind", "shell"),
    [
        *((size, "ed25519", "dash") for size in (*range(1, 21), 31, 32, 33)),
        *((size, kind, "bash") for size in (1, 2, 3, 7, 20) for kind in SIGNERS),
    ],
)
def test_computes_the_root_hash_of_a_log_of_any_size(
    response: Response, tmp_path: Path, size: int, kind: str, shell: str
) -> None:
    files = of_log(log_of(size, response.files), SIGNERS[kind], response.files)
    assert checked(written(files, tmp_path / "folder"), shell) == (True, OK.strip())
