"""Whether the kernel writes a core of a process that crashes."""

import os
import resource
import subprocess
from collections.abc import Sequence


def unlimited() -> None:
    """Let this process, and what it starts, leave cores as large as the system allows."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def dumped(pid: int) -> bool:
    """Wait for the end of a child, without taking it from whoever waits for it, and say whether it left a core."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ended
    assert ended.si_code in (os.CLD_DUMPED, os.CLD_KILLED)
    return ended.si_code == os.CLD_DUMPED


def leaves_core(command: Sequence[str], folder: str) -> bool:
    """Say whether a command that crashes leaves a core in a folder where others may."""
    with subprocess.Popen(command, cwd=folder, preexec_fn=unlimited) as process:  # noqa: PLW1509  # no threads here
        return dumped(process.pid)
