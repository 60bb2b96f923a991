"""Go's own reader of transparency logs, golang.org/x/mod/sumdb, takes our checkpoints, root hashes and proofs.

It shares no code with us. What it takes, it does not take with any one bit changed.
"""

import base64
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from offline_root.anchor import read_anchor
from tests.appliance import Appliance, call
from tests.logbook import verifier

pytestmark = pytest.mark.e2e

PROGRAM = Path(__file__).parent / "programs" / "checklog.go"
PACKAGES = "/usr/share/gocode"
"""Where Debian's golang-golang-x-mod-dev has the sources."""

Ask = Callable[..., str]


@dataclass(frozen=True)
class Papers:
    """What a stranger was given: the verifier key, two checkpoints, the log, and proofs as `log prove` prints them."""

    key: str
    old: bytes
    note: bytes
    log: bytes
    line: bytes
    certificate: bytes
    growth: bytes


@pytest.fixture(scope="module")
def papers(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Return what came of an authority's creation and of one more ceremony."""
    grown = created.copy(tmp_path_factory.mktemp("grown"))
    checkpoint, log = grown.place / "audit" / "checkpoint", grown.place / "audit" / "log.jsonl"
    old = grown.base / "old"
    old.write_bytes(checkpoint.read_bytes())
    done = grown.call("export", "--out", grown.out, *grown.ceremony())
    assert done.code == 0, done.err

    def proven(*what: str | Path) -> bytes:
        made = call("--home", grown.home, "log", "prove", *what)
        assert made.code == 0, made.err
        return made.out.encode()

    serial = next(each["serial"] for each in grown.entries() if each["event"] == "certificate-issued")
    line = grown.events().index("ceremony-closed") + 1
    return Papers(
        read_anchor(grown.anchor.read_bytes()).verifier.text(),
        old.read_bytes(),
        checkpoint.read_bytes(),
        log.read_bytes(),
        proven("--line", str(line)),
        proven("--serial", serial),
        proven("--since", old),
    )


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Build the Go program, and yield what asks it one question."""
    folder = tmp_path_factory.mktemp("go")
    with asking(built(folder), folder / "said") as asked:
        yield asked


def built(folder: Path) -> Path:
    settings = {"GO111MODULE": "off", "GOPATH": PACKAGES, "GOCACHE": str(folder / "cache"), "CGO_ENABLED": "0"}
    settings |= {"PATH": os.environ["PATH"], "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    program = folder / "checklog"
    subprocess.run(["go", "build", "-o", program, PROGRAM], env=settings, check=True)
    return program


@contextmanager
def asking(program: Path, said: Path) -> Iterator[Ask]:
    with (
        said.open("w") as errors,
        subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True) as running,
    ):
        assert running.stdin
        assert running.stdout

        def one(key: str, **files: bytes) -> str:
            asked = {"Key": key, **{name: base64.b64encode(data).decode() for name, data in files.items()}}
            assert running.stdin
            assert running.stdout
            running.stdin.write(json.dumps(asked) + "\n")
            running.stdin.flush()
            return running.stdout.readline().rstrip("\n")

        yield one
        running.stdin.close()


def flipped(data: bytes, every: int = 1) -> Iterator[bytes]:
    """Yield `data` with each bit changed, or one bit in `every`."""
    for place in range(0, 8 * len(data), every):
        number, bit = divmod(place, 8)
        yield data[:number] + bytes([data[number] ^ 1 << bit]) + data[number + 1 :]


def head(note: bytes) -> tuple[int, str]:
    """Return the size and the root hash, in hex, in a checkpoint."""
    _, size, root, *_ = note.split(b"\n")
    return int(size), base64.b64decode(root).hex()


def test_computes_our_root_hash(ask: Ask, papers: Papers) -> None:
    for note in (papers.old, papers.note):
        size, root = head(note)
        log = b"".join(papers.log.splitlines(keepends=True)[:size])
        assert ask(papers.key, Note=note, Log=log) == f"OK {size} {root}"
    assert ask(papers.key, Note=papers.old, Log=papers.log) == "the checkpoint is not of this log"


def test_takes_every_proof(ask: Ask, papers: Papers) -> None:
    size, older = head(papers.note)[0], head(papers.old)[0]
    index = int(papers.line.split(b"\n")[2].removeprefix(b"index "))
    assert ask(papers.key, Proof=papers.line) == f"OK {index} of {size}"
    assert ask(papers.key, Proof=papers.certificate).endswith(f" of {size}")
    assert ask(papers.key, Proof=papers.growth, Old=papers.old) == f"OK {older} to {size}"


def test_takes_nothing_of_another_key(ask: Ask, papers: Papers) -> None:
    other = verifier("offline-root/root").text()
    for files in ({"Note": papers.note, "Log": papers.log}, {"Proof": papers.line}):
        assert "no verifiable signatures" in ask(other, **files)


@pytest.mark.parametrize("name", ["note", "line", "growth", "old"])
def test_takes_nothing_with_one_bit_changed(ask: Ask, papers: Papers, name: str) -> None:
    original: bytes = getattr(papers, name)
    others = {"note": {"Log": papers.log}, "line": {}, "growth": {"Old": papers.old}, "old": {"Proof": papers.growth}}
    place = {"note": "Note", "line": "Proof", "growth": "Proof", "old": "Old"}[name]
    assert ask(papers.key, **others[name], **{place: original}).startswith("OK")
    changes = list(flipped(original))
    taken = [each for each in changes if ask(papers.key, **others[name], **{place: each}).startswith("OK")]
    print(f"{len(changes) - len(taken)} of {len(changes)} changes refused by Go")  # noqa: T201
    assert taken == []


def test_takes_no_log_with_a_bit_changed(ask: Ask, papers: Papers) -> None:
    for each in flipped(papers.log, every=397):
        assert not ask(papers.key, Note=papers.note, Log=each).startswith("OK")
