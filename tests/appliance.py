"""An appliance driven by command line, as an operator does: `offline-root` with a HOME, a PIN, people and a clock."""

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from offline_root.cli import run
from offline_root.moments import utc_text

GUARD = 300.0
"""Seconds after which a hanging program is given up; each takes one or two."""

PIN = "7391 blue heron 5527"
"""Found in no other file, or the search for it would prove nothing."""

_DESIGN = Path(__file__).parent / "vectors" / "policies" / "design.clean.toml"


def example_policy(key: str = "ec-p384", *, interfaces: str = '["tui", "cli"]') -> str:
    """Return the policy of the design page, made complete for `prod`; `key` is the kind of the root."""
    return _replaced(
        _DESIGN.read_text(),
        ('key = "ec-p384" ', f'key = "{key}" '),
        ('interfaces = ["tui"]', f"interfaces = {interfaces}"),
        ('permitted_dns = ["privsec.ch"]', 'permitted_dns = ["prod.privsec.ch"]'),
        ('mount = "pki-prod"', 'mount = "pki-prod"\nkeys = ["rsa-4096", "ec-p384"]'),
    )


def _replaced(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the one object on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def error(self) -> dict[str, Any]:
        """Return what `--json` says of an action that failed, once it is sure that people can understand it."""
        found: dict[str, Any] = self.json["error"]
        assert found["what"]
        assert found["meaning"]
        assert found["next"]
        assert f"Next: {found['next'].split()[0]}" in self.err
        assert "Traceback" not in self.err
        return found


def call(*arguments: str | Path) -> Done:
    """Run `offline-root` in this process; nobody is at a keyboard."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", io.StringIO()):
        try:
            code = run([str(each) for each in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def start(*arguments: str | Path, given: bytes = b"", **variables: str) -> Done:
    """Run `offline-root` as a program of its own; `given` is its standard input."""
    done = subprocess.run(
        command(*arguments),
        input=given,
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
        timeout=GUARD,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of the program."""
    return [sys.executable, "-m", "offline_root", *map(str, arguments)]


@dataclass
class Appliance:
    """A HOME below `base` with the authority `root`, and the papers that lie beside the machine.

    `head` is the closing sheet: what the last ceremony, or the last one that a test cares for, left on paper.
    """

    base: Path
    head: str = ""
    witnesses: tuple[str, ...] = ("Wanda",)
    pin: str = PIN

    @property
    def home(self) -> Path:
        """Return HOME."""
        return self.base / "home"

    @property
    def place(self) -> Path:
        """Return the folder of the authority."""
        return self.home / "root"

    @property
    def anchor(self) -> Path:
        """Return anchor.json."""
        return self.place / "anchor.json"

    @property
    def out(self) -> Path:
        """Return the stick."""
        return self.base / "stick"

    @property
    def pin_file(self) -> Path:
        """Return the file that holds the PIN."""
        path = self.base / "pin"
        path.write_text(f"{self.pin}\n")
        return path

    def ceremony(self, **instead: str | None) -> list[str]:
        """Return the options of a ceremony as it should be; `instead` replaces some, or leaves them out (None)."""
        usual: dict[str, str | None] = {
            "operator": "Olga",
            "clock": utc_text(datetime.now(UTC)),
            "pin_file": str(self.pin_file),
            "head": self.head or None,
        }
        options = ((name, value) for name, value in {**usual, **instead}.items() if value is not None)
        people = [word for name in self.witnesses for word in ("--witness", name)]
        return people + [word for name, value in options for word in (f"--{name.replace('_', '-')}", value)]

    def call(self, *arguments: str | Path) -> Done:
        """Run a verb with `--json` in this process, and keep the closing sheet that it leaves."""
        done = call("--home", self.home, "--json", *arguments)
        self.head = done.json.get("closing") or self.head
        return done

    def create(self, policy: str, **instead: str | None) -> Done:
        """Make the authority."""
        file = self.base / "policy.toml"
        file.write_text(policy)
        return self.call("create", "--policy", file, *self.ceremony(**instead))

    def sign(self, environment: str, /, *files: Path, **instead: str | None) -> Done:
        """Sign requests with the right paper slips."""
        slips = [word for file in files for word in ("--confirm", self.fingerprint(file)[:32])]
        common = ["--environment", environment, "--out", str(self.out)]
        return self.call("sign", *files, *common, *slips, *self.ceremony(**instead))

    def fingerprint(self, file: Path) -> str:
        """Return the fingerprint of a request, as the paper slip has it; something where it cannot be read."""
        report = call("--json", "--home", self.home, "inspect", file).json["files"][0]
        return str(report.get("fingerprint", "0" * 64))

    def events(self) -> list[str]:
        """Return the events in the log, in order."""
        return [each["event"] for each in self.entries()]

    def entries(self) -> list[dict[str, Any]]:
        """Return the lines of the log."""
        found: list[dict[str, Any]] = call("--home", self.home, "--json", "log", "show").json["entries"]
        return found

    def log_is_whole(self) -> bool:
        """Say whether `log verify` finds nothing."""
        return call("--home", self.home, "log", "verify").code == 0

    def copy(self, base: Path) -> "Appliance":
        """Return the same appliance once more, in another folder: it can be spoilt."""
        shutil.copytree(self.base, base, dirs_exist_ok=True)
        return Appliance(base, self.head, self.witnesses, self.pin)
