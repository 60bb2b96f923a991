"""The system calls of a real command, as strace prints them."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.offline_root.station.commands import run
from tests.offline_root.station.rooms import Room

LOG = "/home/root/audit/log.jsonl>"
"""How the log of an authority in HOME, not its copy on the stick, ends in what strace prints."""

CALLS = "write,fsync,openat,rename,renameat,renameat2,mkdir,sendto,sendmsg"
# The worker is another process: only the command is traced, so its calls stand in the order in which it made them.
STRACE = ("strace", "-y", "-s", "100000", "-e", f"trace={CALLS}")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)(.*)")


@dataclass(frozen=True)
class Call:
    """One system call that worked: its name and its arguments as strace prints them."""

    name: str
    arguments: str

    def is_log_line(self, event: str) -> bool:
        """Say whether the line of an event is written to the log in HOME (not to its copy on the stick)."""
        return self.name == "write" and LOG in self.arguments and rf"\"event\":\"{event}\"" in self.arguments

    def asks_worker(self, *words: str) -> bool:
        """Say whether a request that holds these words goes to the token worker: over its socket."""
        channel = self.name in {"sendto", "sendmsg"} and "<socket:" in self.arguments
        return channel and all(rf"\"{word}\"" in self.arguments for word in words)

    def makes(self, folder: Path) -> bool:
        """Say whether something is made in `folder`."""
        made = self.name == "mkdir" or (self.name == "openat" and "O_CREAT" in self.arguments)
        return made and str(folder) in self.arguments

    def flushes(self, file: str) -> bool:
        """Say whether a file, named by the end of its path, is made durable."""
        return self.name == "fsync" and file in self.arguments


def traced(room: Room, argv: list[str], output: Path) -> list[Call]:
    """Run a command under strace and return its system calls, in order."""
    done = run(room, argv, before=(*STRACE, "-o", str(output)))
    assert done.code == 0, done.said
    matches = (_CALL.match(line) for line in output.read_text(errors="replace").splitlines())
    return [Call(found[1], found[2]) for found in matches if found and not found[3].startswith("-")]


def log_line(calls: list[Call], event: str) -> tuple[int, int]:
    """Return where the line of an event is written, and where it is made durable."""
    written = next(number for number, call in enumerate(calls) if call.is_log_line(event))
    return written, next(number for number, call in enumerate(calls) if number > written and call.flushes(LOG))
