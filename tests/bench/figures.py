"""What is measured, and how a program is measured from outside."""

import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Figure:
    """One number; `at_most` is its limit, where it has one."""

    name: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def kept(self) -> bool:
        """Say whether the limit is kept."""
        return self.at_most is None or self.value <= self.at_most

    def __str__(self) -> str:
        limit = "" if self.at_most is None else f"  (at most {self.at_most:g}: {'OK' if self.kept else 'EXCEEDED'})"
        return f"{self.name:<62} {self.value:>10.2f} {self.unit}{limit}"


@dataclass(frozen=True)
class Run:
    """One run of a program: how it ended, seconds of processor, and of ours the peak of memory in MiB."""

    code: int
    seconds: float
    peak: float = 0.0


def run(*command: str | Path) -> Run:
    """Run a program to its end; what it says is thrown away."""
    before = _spent()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, check=False)
    return Run(done.returncode, _spent() - before)


def _spent() -> float:
    """Return the processor time of all children so far: what else the machine does hardly counts."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def offline_root(*arguments: str | Path) -> Run:
    """Run our program to its end."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "peak"
        done = run(sys.executable, "-m", "tests.bench.measured", file, *arguments)
        return replace(done, peak=int(file.read_text()) / 1024)
