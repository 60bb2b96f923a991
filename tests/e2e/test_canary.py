"""A unique PIN and unique share words in whole ceremonies: every call that writes, and everything that is left."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.appliance import GUARD, PIN, Appliance, command, example_policy
from tests.custodians import Custodians
from tests.requests import request, written
from tests.spellings import spellings

pytestmark = pytest.mark.e2e

SO_PIN = "so 3391 quiet lynx 7740"
POLICY = example_policy()
SHARED = POLICY.replace('activation = "pin" ', 'activation = "shares"\nshares = "2 of 3" ')
WRITES = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg"
_CALL = re.compile(r"(\d+) +(\w+)\((\d+)<((?:[^<>]|<[^>]*>)*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})+)"')


@dataclass(frozen=True)
class Write:
    """One system call that wrote: the process, what it wrote to, and all that it wrote."""

    process: int
    where: str
    data: bytes


def plain(hexed: str) -> bytes:
    """Return a text of strace -xx as it was."""
    return bytes.fromhex(hexed.replace("\\x", ""))


def traced(folder: Path, *arguments: str | Path, given: bytes = b"") -> tuple[int, list[Write]]:
    """Run the program and everything that it starts under strace; return its number and what all of them wrote."""
    output, temporary = folder / "strace", folder / "temporary"
    temporary.mkdir(exist_ok=True)
    strace = ("strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "10000000", "-e", f"trace={WRITES}", "-o", output)
    done = subprocess.run(
        (*strace, *command(*arguments)),
        input=given, env={**os.environ, "TMPDIR": str(temporary)}, capture_output=True, timeout=GUARD, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    writes = list(_writes(output.read_text()))
    output.unlink()
    return int(writes[0].process), writes


def _writes(text: str) -> Iterator[Write]:
    for line in text.splitlines():
        if found := _CALL.match(line):
            where = plain(found[4]).decode() if found[4].startswith("\\x") else found[4]
            yield Write(int(found[1]), where, b"".join(plain(each) for each in _TEXT.findall(line)))


def holding(writes: list[Write], secret: str) -> list[Write]:
    forms = list(spellings(secret))
    return [each for each in writes if any(form in each.data for form in forms)]


def files_with(folder: Path, *secrets: str) -> Mapping[Path, str]:
    """Return the files in which a secret is, whatever they are called."""
    forms = [(form, secret) for secret in secrets for form in spellings(secret)]
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert len(kept) > 20
    return {path: secret for path, data in kept.items() for form, secret in forms if form in data}


def words_in_a_row(card: str) -> Iterator[str]:
    """Give every three words in a row, after those that name the set and the custodian."""
    each = card.split()[4:]
    return (" ".join(each[start : start + 3]) for start in range(len(each) - 2))


def test_pin_and_so_pin_are_written_to_the_worker_alone(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path / "machine")
    appliance.base.mkdir()
    policy, so_pin = appliance.base / "policy.toml", tmp_path / "so"
    policy.write_text(POLICY)
    so_pin.write_text(SO_PIN)
    people = [each for each in appliance.ceremony(pin_file="-") if each]
    main, writes = traced(
        tmp_path, "--home", appliance.home, "create", "--policy", policy, *people, "--so-pin-file", so_pin,
        given=f"{PIN}\n".encode(),
    )  # fmt: skip
    appliance.pin_file.unlink()
    so_pin.unlink()
    assert any("log.jsonl" in each.where for each in writes)  # the measure sees what is written
    for secret in (PIN, SO_PIN):
        told = holding(writes, secret)
        assert told, "the worker is told"
        assert {(each.process, each.where.partition(":")[0]) for each in told} == {(main, "socket")}
    assert files_with(tmp_path, PIN, SO_PIN) == {}


def test_share_words_are_written_nowhere_and_the_pin_in_them_to_the_worker_alone(tmp_path: Path) -> None:
    people, appliance, cards = Custodians(), Appliance(tmp_path / "machine"), tmp_path / "cards"
    appliance.base.mkdir()
    cards.mkdir()
    with people.present():
        assert appliance.create(SHARED, pin_file=None).code == 0
    file = written(appliance.base, "ca.csr", request())
    slip = ("--environment", "test", "--confirm", appliance.fingerprint(file)[:32], "--out", appliance.out)
    options = (*appliance.ceremony(pin_file=None), *people.files(cards, 2, 3))
    main, writes = traced(tmp_path, "--home", appliance.home, "sign", file, *slip, *options)
    for each in cards.iterdir():
        each.unlink()
    rows = [three for card in people.cards.values() for three in words_in_a_row(card)]
    assert len(rows) == 3 * 27
    assert [(three, found) for three in rows if (found := holding(writes, three))] == []
    assert files_with(tmp_path, *rows) == {}
    pin = pin_of(people)
    told = holding(writes, pin)
    assert {(each.process, each.where.partition(":")[0]) for each in told} == {(main, "socket")}
    assert files_with(tmp_path, pin) == {}


def test_new_cards_and_their_pin_are_written_to_the_worker_alone(tmp_path: Path) -> None:
    people, newer, appliance, cards = Custodians(), Custodians(), Appliance(tmp_path / "machine"), tmp_path / "cards"
    appliance.base.mkdir()
    cards.mkdir()
    with people.present():
        assert appliance.create(SHARED, pin_file=None).code == 0
    with newer.present():
        options = (*appliance.ceremony(pin_file=None), *people.files(cards, 1, 2))
        assert appliance.call("shares", "change", "pin", *options).code == 0
    said = ("note", "--expected", "a", "--happened", "b", "--decided", "c")
    options = (*appliance.ceremony(pin_file=None), *newer.files(cards, 2, 3))
    main, writes = traced(tmp_path, "--home", appliance.home, *said, *options)
    for each in cards.iterdir():
        each.unlink()
    both = (*people.cards.values(), *newer.cards.values())
    rows = [three for card in both for three in words_in_a_row(card)]
    assert [(three, found) for three in rows if (found := holding(writes, three))] == []
    told = holding(writes, pin_of(newer))
    assert {(each.process, each.where.partition(":")[0]) for each in told} == {(main, "socket")}
    assert files_with(tmp_path, *rows, pin_of(people), pin_of(newer)) == {}


def pin_of(people: Custodians) -> str:
    """Return the PIN that two of the cards give."""
    from shamir_mnemonic import combine_mnemonics

    return bytes(combine_mnemonics([people.cards[1], people.cards[2]])).hex()


def test_the_measure_finds_what_is_written(tmp_path: Path) -> None:
    """In another encoding, in a call and in the file system."""
    hexed = "".join(rf"\x{each:02x}" for each in PIN.encode("utf-16-be"))
    line = f'7 write(3</x/log>, "{hexed}", 40) = 40'
    (found,) = holding(list(_writes(line)), PIN)
    assert (found.process, found.where) == (7, "/x/log")
    for number in range(21):
        (tmp_path / f"{number}").write_bytes(b"nothing")
    (tmp_path / "7").write_bytes(PIN.encode().hex().encode())
    assert files_with(tmp_path, PIN) == {tmp_path / "7": PIN}
