"""What the worker gave up, as the kernel reports it."""

import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hsm import Token, confine
from hsm.confine import may_lock_memory
from tests.cores import dumped, leaves_core, unlimited
from tests.hsm.softhsm import make_token

WITH_LOCK, WITHOUT_LOCK = "Name:\tx\nCapEff:\t0000000000004000\n", "Name:\tx\nCapEff:\t000001ffffffbfff\n"


@pytest.fixture
def proc(keys: Token) -> Path:
    return Path(f"/proc/{keys._worker.pid}")


def test_it_leaves_no_core(proc: Path) -> None:
    assert re.search(r"^Max core file size +0 +0 ", (proc / "limits").read_text(), re.MULTILINE)


def test_a_crash_leaves_no_core_where_others_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the worker, which holds a PIN, and of the program, which was told it; a core of another program is written."""
    monkeypatch.chdir(tmp_path)
    crash = "import os; os.kill(os.getpid(), 11)"
    if not leaves_core([sys.executable, "-c", crash], str(tmp_path)):
        pytest.skip("this system writes no cores at all")
    prepared = f"from offline_root.cli.streams import prepare; prepare(); {crash}"
    assert not leaves_core([sys.executable, "-c", prepared], str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_CORE)
    unlimited()
    try:
        token = make_token(tmp_path / "token").open()
        os.kill(token._worker.pid, signal.SIGSEGV)
        assert not dumped(token._worker.pid)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    token.close()


def test_it_gains_no_privileges(proc: Path) -> None:
    assert "NoNewPrivs:\t1\n" in (proc / "status").read_text()


def test_it_is_nobodys_to_trace(proc: Path) -> None:
    """PR_SET_DUMPABLE 0: to others of the same account its memory and environment are root's."""
    assert (proc / "mem").stat().st_uid == 0
    dumpable = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    code = f"import os\nfrom hsm.confine import confine\nconfine(os.pipe()[0])\n{dumpable}"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"0\n"


def test_it_ignores_ctrl_c(proc: Path) -> None:
    ignored = re.search(r"^SigIgn:\t([0-9a-f]+)$", (proc / "status").read_text(), re.MULTILINE)
    assert ignored
    assert int(ignored[1], 16) & 1 << 1  # SIGINT is signal 2


def test_its_memory_stays_out_of_swap_where_that_is_allowed(proc: Path) -> None:
    locked = re.search(r"^VmLck:\s+(\d+) kB$", (proc / "status").read_text(), re.MULTILINE)
    assert locked
    allowed = may_lock_memory(resource.getrlimit(resource.RLIMIT_MEMLOCK)[0], Path("/proc/self/status").read_text())
    assert (int(locked[1]) > 0) == allowed


@pytest.mark.parametrize(
    ("limit", "status", "allowed"),
    [
        (resource.RLIM_INFINITY, WITHOUT_LOCK, True),
        (8 * 1024 * 1024, WITH_LOCK, True),
        (8 * 1024 * 1024, WITHOUT_LOCK, False),
        (8 * 1024 * 1024, "", False),
    ],
)
def test_memory_is_locked_only_without_a_limit(limit: int, status: str, allowed: bool) -> None:
    assert may_lock_memory(limit, status) == allowed


def test_without_permission_it_works_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
import os
from hsm import confine
confine.may_lock_memory = lambda limit, status: False
confine.confine(os.pipe()[0])
print(open("/proc/self/status").read())
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "VmLck:\t       0 kB" in done.stdout
    assert confine.may_lock_memory is may_lock_memory
