"""Gets the packages of debian.lock by apt and unpacks them below the virtual environment; nothing is installed.

Debian 12 has no yubihsm-pkcs11. The mirror is the one that this machine is set up with, the suite Debian 13; apt's own
settings are left alone.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LOCK = Path(__file__).parent / "debian.lock"
SUITE = "trixie"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_SETTINGS = """
Dir::Etc::sourcelist "{here}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "{here}/state";
Dir::State::status "/dev/null";
Dir::Cache "{here}/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
"""


class NotFetched(Exception):
    """A package could not be had, or is not the one that was locked."""


@dataclass(frozen=True)
class Package:
    """One line of debian.lock."""

    name: str
    version: str
    architecture: str
    sha256: str

    @property
    def wanted(self) -> str:
        """Return how apt is asked for it."""
        return f"{self.name}:{self.architecture}={self.version}"


def locked(text: str) -> tuple[Package, ...]:
    """Return the packages of a lock file."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Package(*line.split()) for line in lines)


def unpacked() -> Path:
    """Return the folder with the unpacked packages, made by the first who asks (NotFetched)."""
    text = LOCK.read_text()
    folder = Path(sys.prefix) / "debian" / hashlib.sha256(text.encode()).hexdigest()[:16]
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with TemporaryDirectory(dir=folder.parent) as work:
                _fetch(locked(text), Path(work)).rename(folder)
    return folder


def checked(package: Package, files: Path) -> Path:
    """Return the file of a package once its hash is the locked one (NotFetched)."""
    found = next(iter(files.glob(f"{package.name}_*.deb")), None)
    if found is None or hashlib.sha256(found.read_bytes()).hexdigest() != package.sha256:
        raise NotFetched(f"{package.name} {package.version} is not the package that {LOCK.name} names")
    return found


def _fetch(packages: tuple[Package, ...], work: Path) -> Path:
    for folder in ("state/lists/partial", "cache/archives/partial", "tree"):
        (work / folder).mkdir(parents=True)
    (work / "sources.list").write_text(f"deb [signed-by={_KEYS}] {_mirror()} {SUITE} main\n")
    (work / "apt.conf").write_text(_SETTINGS.format(here=work))
    environment = {**os.environ, "APT_CONFIG": str(work / "apt.conf")}
    for command in ("update",), ("download", *(package.wanted for package in packages)):
        _run("apt-get", "-q", *command, cwd=work, env=environment)
    for package in packages:
        _run("dpkg-deb", "-x", str(checked(package, work)), str(work / "tree"))
    return work / "tree"


def _mirror() -> str:
    """Return where this machine gets the packages of Debian's main archive from."""
    told = _run("apt-get", "indextargets", "--format", "$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)")
    rows = (line.split() for line in told.splitlines() if line.startswith("Packages main "))
    places = [row[3] for row in rows if "-" not in row[2]]
    if not places:
        raise NotFetched("apt has no mirror of Debian set up")
    return places[0]


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotFetched(f"{' '.join(command[:3])}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.stdout.write(f"{unpacked()}\n")
