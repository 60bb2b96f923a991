"""What the worker gives up before it loads a vendor's module. Linux only.

A refusal by the system is no error: the token works without it too.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
from pathlib import Path

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14


def confine(lifeline: int) -> None:
    """Leave no core, be no debugger's, gain no privilege, stay out of swap, ignore Ctrl-C, die with the client.

    `lifeline` is the reading end (file descriptor) of a pipe whose other end only the client holds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the client's terminal must not end a call half way
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    status = Path("/proc/self/status").read_text("utf-8", "replace")
    if may_lock_memory(resource.getrlimit(resource.RLIMIT_MEMLOCK)[0], status):
        libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)
    _die_with(lifeline)


def may_lock_memory(limit: int, status: str) -> bool:
    """Say whether all memory may be locked: no `limit` (bytes), or CAP_IPC_LOCK in `status` (/proc/self/status).

    Below a limit, locking future memory too would let later allocations fail in the middle of a call.
    """
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return limit == resource.RLIM_INFINITY or int(effective, 16) >> _CAP_IPC_LOCK & 1 == 1


def _die_with(lifeline: int) -> None:
    """Let the kernel send SIGKILL when the pipe's last writer is gone, also in the middle of a call.

    PR_SET_PDEATHSIG is no use: it fires when the *thread* that started the worker ends (measured), and screens call
    from passing threads.
    """
    os.set_inheritable(lifeline, False)  # noqa: FBT003 (it takes no keyword)
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
