"""What the kernel sees of a real `offline-root sign`, by strace: facts are on the disk before anything follows."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.offline_root.station.calls import LOG, STRACE, Call, log_line
from tests.offline_root.station.commands import CLI, GUARD, ROOT, sign_arguments
from tests.offline_root.station.rooms import Room, slip

pytestmark = pytest.mark.e2e


def only(found: list[int]) -> int:
    assert len(found) == 1, found
    return found[0]


def at(calls: list[Call], event: str) -> tuple[int, int]:
    """Return where the one line of an event is written, and where it is flushed."""
    only([number for number, call in enumerate(calls) if call.is_log_line(event)])
    return log_line(calls, event)


def root_signs(calls: list[Call]) -> list[int]:
    """Return where the root key is asked to sign: the proof at the opening, and the certificate."""
    found = [number for number, call in enumerate(calls) if call.asks_worker("sign", "root", "ecdsa-sha384")]
    assert len(found) == 2
    return found


def test_the_attempt_is_on_the_disk_before_the_pin_goes_to_the_token(calls: tuple[list[Call], Path]) -> None:
    login = only([number for number, call in enumerate(calls[0]) if call.asks_worker("login")])
    written, flushed = at(calls[0], "token-open-attempted")
    assert written < flushed < login


def test_the_intent_is_on_the_disk_before_the_root_key_is_asked_to_sign(calls: tuple[list[Call], Path]) -> None:
    asked = root_signs(calls[0])[1]
    written, flushed = at(calls[0], "signing-started")
    assert written < flushed < asked
    between = [call for call in calls[0][flushed + 1 : asked] if not call.name.startswith("send")]
    assert between == []


def test_the_root_key_proves_itself_when_the_attempt_is_on_the_disk_and_before_the_token_counts_as_open(
    calls: tuple[list[Call], Path],
) -> None:
    _, flushed = at(calls[0], "token-open-attempted")
    written, _ = at(calls[0], "token-opened")
    assert flushed < root_signs(calls[0])[0] < written


def test_the_certificate_is_on_the_disk_before_any_file_of_the_response_is_made(
    calls: tuple[list[Call], Path],
) -> None:
    first = next(number for number, call in enumerate(calls[0]) if call.makes(calls[1]))
    written, flushed = at(calls[0], "certificate-issued")
    asked = root_signs(calls[0])[1]
    assert asked < written < flushed < first


def test_every_line_is_on_the_disk_before_anything_else_happens(calls: tuple[list[Call], Path]) -> None:
    lines = [number for number, call in enumerate(calls[0]) if call.name == "write" and LOG in call.arguments]
    assert len(lines) == 11
    for number in lines:
        assert calls[0][number + 1].flushes(LOG)


def test_every_file_of_the_response_and_its_folder_are_flushed_before_the_next_is_made(
    calls: tuple[list[Call], Path],
) -> None:
    all_calls, stick = calls
    made = [n for n, call in enumerate(all_calls) if call.name == "openat" and call.makes(stick)]
    names = [re.findall(r'"([^"]*)"', all_calls[number].arguments)[0] for number in made]
    assert names[-2].endswith("/COMPLETE")
    assert names[-1].endswith("/closing-checkpoint")
    assert len(names) == len(set(names)) == len([path for path in stick.rglob("*") if path.is_file()])
    for number, name, after in zip(made, names, [*made[1:], len(all_calls)], strict=True):
        until = [call for call in all_calls[number:after] if call.name == "fsync"]
        assert [f"<{name}>" in call.arguments for call in until[:2]] == [True, False], name
        assert f"<{Path(name).parent}>" in until[1].arguments


def test_checkpoints_replace_each_other_only_when_they_are_on_the_disk(calls: tuple[list[Call], Path]) -> None:
    renamed = [
        n for n, call in enumerate(calls[0]) if call.name.startswith("rename") and "checkpoint" in call.arguments
    ]
    assert len(renamed) == 4  # opening, before the first signature, A, B
    for number in renamed:
        assert calls[0][number - 1].flushes("/audit/checkpoint.tmp>")
        assert calls[0][number + 1].flushes("/audit>")


def test_the_keys_are_on_the_disk_before_an_authority_gets_its_name(tmp_path: Path, room: Room) -> None:
    policy = tmp_path / "new-policy.toml"
    policy.write_text(room.place.policy_copy())
    pin, home = tmp_path / "new-pin", tmp_path / "new-home"
    pin.write_text("47110815")
    argv = [arg for arg in sign_arguments(room, slip(), tmp_path) if arg != "sign"]
    people = argv[argv.index("--operator") : argv.index("--head")]
    options = ["--policy", str(policy), "--so-pin-file", str(pin), "--pin-file", str(pin), *people]
    output = tmp_path / "strace"
    command = [*STRACE, "-o", str(output), *CLI, "--home", str(home), "create", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD, check=False)
    assert done.returncode == 0, done.stderr

    text = output.read_text(errors="replace")
    named = next(line for line in text.splitlines() if line.startswith("rename") and '/.creating-root", ' in line)
    before = text[: text.index(named)]
    kept = [path for path in (home / "root").rglob("*") if path.is_file() and "audit" not in path.parts]
    assert any(path.suffix == ".object" for path in kept)
    for path in kept:
        hidden = str(path).replace(f"{home}/root/", f"{home}/.creating-root/")
        assert re.search(rf"^fsync\(\d+<{re.escape(hidden)}>\) += 0", before, re.MULTILINE), path
