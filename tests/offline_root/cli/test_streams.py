"""Standard streams in any state: closed, full, broken, or of a terminal that cannot show every letter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.appliance import GUARD, Appliance, command, example_policy, start
from tests.requests import request, written


def shell(script: str, *arguments: object, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the program inside a line of shell, where it is called `"$@"`."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *command(*map(str, arguments))],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
        timeout=GUARD,
    )


class TestStdout:
    def test_that_nobody_reads_any_more_is_no_fault(self, created: Appliance) -> None:
        done = shell('{ "$@"; echo "exit $?" >&2; } | true', "--home", created.home, "log", "show", "--json")

        assert done.stderr == b"exit 0\n"

    def test_that_nobody_reads_ends_help_quietly(self) -> None:
        assert shell('{ "$@"; echo "exit $?" >&2; } | true', "sign", "--help").stderr == b"exit 0\n"

    def test_on_a_full_disk_is_exit_1_in_words(self, created: Appliance) -> None:
        done = shell('"$@" >/dev/full', "--home", created.home, "status")

        assert done.returncode == 1
        assert done.stderr.startswith(b"FAILED: the result could not be written to standard output")
        assert b"Traceback" not in done.stderr

    def test_that_is_closed_changes_nothing(self, created: Appliance) -> None:
        done = shell('"$@" >&-', "--home", created.home, "status")

        assert (done.returncode, done.stderr) == (0, b"")


class TestStderr:
    def test_that_is_closed_gets_into_no_file_and_not_into_the_result(self, appliance: Appliance, good: Path) -> None:
        """A closed descriptor is given to the next file that is opened: the audit log, unless something is there."""
        slip = ("--environment", "test", "--confirm", appliance.fingerprint(good), "--out", appliance.out)
        sign = ("--home", appliance.home, "--json", "sign", good, *slip, *appliance.ceremony())

        done = shell('"$@" 2>&-', *sign)

        assert done.returncode == 0
        assert done.stdout.startswith(b"{")
        assert done.stdout.rstrip().endswith(b"}")
        assert appliance.log_is_whole()

    def test_that_nobody_reads_does_not_stop_a_ceremony(self, appliance: Appliance, good: Path) -> None:
        slip = ("--environment", "test", "--confirm", appliance.fingerprint(good), "--out", appliance.out)
        sign = ("--home", appliance.home, "--json", "sign", good, *slip, *appliance.ceremony())

        done = shell('exec 3>&1; { "$@" 2>&1 >&3; echo "exit $?" >&3; } | true', *sign)

        assert done.stdout.endswith(b"exit 0\n")
        assert appliance.events()[-1] == "ceremony-closed"


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_closed_descriptor_is_taken_before_any_file_gets_it(closed: int) -> None:
    code = "import os; from offline_root.cli.streams import prepare; prepare()"
    told = f"open('/proc/self/fd/{2 if closed == 1 else 1}', 'w').write(os.readlink('/proc/self/fd/{closed}'))"
    python = [sys.executable, "-c", f"{code}; {told}"]

    done = subprocess.run(["sh", "-c", f'"$@" {closed}>&-', "sh", *python], capture_output=True, check=False)

    assert done.stdout + done.stderr == b"/dev/null"


class TestStdin:
    @pytest.mark.parametrize("state", ["<&-", "</dev/null", "0>/dev/null"])
    def test_that_gives_nothing_is_said_in_words(self, created: Appliance, state: str) -> None:
        people = ("--operator", "O", "--witness", "W", "--out", "x")

        done = shell(f'"$@" {state}', "--home", created.home, "export", *people)

        assert done.returncode == 1
        assert b"There is nobody to ask" in done.stderr
        assert b"Traceback" not in done.stderr

    @pytest.mark.parametrize("state", ["<&-", "</dev/null", "0>/dev/null"])
    def test_that_should_give_the_pin_and_does_not_begins_nothing(self, appliance: Appliance, state: str) -> None:
        before = appliance.events()
        options = appliance.ceremony(pin_file="-")

        done = shell(f'"$@" {state}', "--home", appliance.home, "export", "--out", "x", *options)

        assert done.returncode == 1
        assert b"PIN of the token: - cannot be read" in done.stderr
        assert appliance.events() == before


class TestPinFile:
    @pytest.mark.parametrize("ending", ["", "\n"])
    def test_may_be_standard_input_with_or_without_a_newline(self, appliance: Appliance, ending: str) -> None:
        pin = appliance.pin_file.read_text().rstrip("\n") + ending
        options = appliance.ceremony(pin_file="-")

        done = start("--home", appliance.home, "export", "--out", appliance.out, *options, given=pin.encode())

        assert done.code == 0, done.err

    def test_drops_one_newline_and_no_more(self, appliance: Appliance) -> None:
        pin = appliance.pin_file.read_bytes() + b"\n"
        options = appliance.ceremony(pin_file="-")

        done = start("--home", appliance.home, "export", "--out", appliance.out, *options, given=pin)

        assert done.code == 1
        assert "refused the PIN" in done.err

    def test_may_be_a_pipe_of_another_program(self, appliance: Appliance) -> None:
        options = appliance.ceremony(pin_file="/dev/fd/9")
        export = ("--home", appliance.home, "export", "--out", appliance.out, *options)

        assert shell(f'cat "{appliance.pin_file}" | "$@" 9<&0 </dev/null', *export).returncode == 0

    @pytest.mark.parametrize("content", [b"", b"\n", b"x" * 5000])
    def test_that_holds_no_pin_begins_nothing(self, appliance: Appliance, content: bytes) -> None:
        before = appliance.events()
        written(appliance.base, "no-pin", content)

        done = appliance.call("export", "--out", "x", *appliance.ceremony(pin_file=str(appliance.base / "no-pin")))

        assert done.code == 1
        assert "cannot be read" in done.error["what"]
        assert appliance.events() == before

    def test_of_bytes_that_are_no_text_is_a_wrong_pin(self, appliance: Appliance) -> None:
        written(appliance.base, "latin-1", "Käse-4711".encode("latin-1"))

        done = appliance.call("export", "--out", "x", *appliance.ceremony(pin_file=str(appliance.base / "latin-1")))

        assert done.code == 1
        assert "PIN" in done.error["what"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
class TestEncoding:
    def test_of_the_terminal_stops_nothing(self, tmp_path: Path, encoding: str) -> None:
        done = shell(
            '"$@"', "policy", "new", "--preset", "solo", "--name", "Käserei Łódź 東京", PYTHONIOENCODING=encoding
        )

        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 1)  # 1: the policy wants ASCII, and says so

    def test_of_the_terminal_may_not_have_the_letters(self, tmp_path: Path, encoding: str) -> None:
        policy = written(tmp_path, "policy.toml", example_policy().encode())
        file = written(tmp_path, "caf\N{LATIN SMALL LETTER E WITH ACUTE}-\N{HIRAGANA LETTER A}.csr", request())

        done = shell('"$@"', "inspect", file, "--policy", policy, "--environment", "test", PYTHONIOENCODING=encoding)

        assert (done.returncode, done.stderr) == (0, b"")
        assert b"REQUEST" in done.stdout

    def test_of_a_file_name_stops_nothing(self, appliance: Appliance, tmp_path: Path, encoding: str) -> None:
        name = os.fsdecode(b"caf\xe9-\xff\xfe.csr")
        file = written(tmp_path, name, request())
        slip = ("--environment", "test", "--confirm", "00" * 16, "--out", appliance.out)

        done = shell(
            '"$@"',
            *("--home", appliance.home, "sign", file, *slip, *appliance.ceremony()),
            PYTHONIOENCODING=encoding,
        )

        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert b"caf<U+DCE9>-<U+DCFF><U+DCFE>.csr" in done.stdout
        assert appliance.log_is_whole()
