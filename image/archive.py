"""Debian packages by hash: the lock, the packages themselves, and a local archive that holds these and nothing else.

The lock is read as the index of the archive. So apt itself refuses what is not locked, before anything of it is run.
"""

import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from image.errors import ImageError

SUITE = "trixie"
HERE = Path(__file__).parent
LOCK = HERE / "lock"
WANTED = HERE / "packages"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_OWN_SOURCES = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
_HEAD = "# Debian packages: name, version, SHA-256 of the .deb, trees. Renewed by: ./run image lock\n"
_ESSENTIAL = "?and(?essential, ?not(?exact-name(apt)))"  # apt calls itself essential; mmdebstrap installs from outside
_INSTALLED = re.compile(r"Inst (\S+) .*?\((\S+) ")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One locked package: `trees` are those that hold it, `root` and `tools`; `sha256` is that of its .deb, in hex."""

    name: str
    version: str
    sha256: str
    trees: tuple[str, ...]


def read_lock(text: str) -> tuple[Package, ...]:
    """Return what a lock names: name, version, SHA-256 and trees in a line (ImageError)."""
    packages = []
    for line in text.splitlines():
        match line.split():
            case [] | ["#", *_]:
                continue
            case [name, version, sha256, *trees] if trees and re.fullmatch("[0-9a-f]{64}", sha256):
                packages.append(Package(name, version, sha256, tuple(trees)))
            case _:
                raise ImageError(f"image/lock has a line that is none: {line}", "Renew it: ./run image lock")
    return tuple(packages)


def read_wanted(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the packages that each tree is made for, from lines of a tree and a package."""
    wanted: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            tree, name = line.split()
            wanted.setdefault(tree, []).append(name)
    return {tree: tuple(names) for tree, names in wanted.items()}


def of_tree(tree: str) -> tuple[Package, ...]:
    """Return the locked packages of one tree."""
    return tuple(each for each in read_lock(LOCK.read_text()) if tree in each.trees)


def fetched(packages: Sequence[Package], cache: Path) -> Mapping[str, Path]:
    """Return the .deb of each package by its SHA-256, from `cache` or else from this machine's Debian mirror."""
    found = _by_hash(cache)
    missing = [each for each in packages if each.sha256 not in found]
    if missing:
        with _apt() as apt:
            _download([f"{each.name}={each.version}" for each in missing], apt, cache)
        found = _by_hash(cache)
    if lost := [f"{each.name} {each.version}" for each in packages if each.sha256 not in found]:
        raise ImageError(
            f"The mirror has no such package: {', '.join(lost)}",
            f"Put the .deb files into {cache}, from a snapshot of the archive; or renew the lock: ./run image lock",
        )
    return {each.sha256: found[each.sha256] for each in packages}


def make_archive(packages: Sequence[Package], debs: Mapping[str, Path], folder: Path) -> str:
    """Make an archive of these packages in a fresh folder; return the line for apt that names it."""
    folder.mkdir(parents=True)
    entries = []
    for each in packages:
        deb = debs[each.sha256]
        (folder / deb.name).hardlink_to(deb)
        about = _run("dpkg-deb", "-f", str(deb)).strip()
        entries.append(f"{about}\nFilename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {each.sha256}\n")
    index = folder / "Packages"
    index.write_text("\n".join(entries))
    # mmdebstrap finds the essential packages by the name of the suite.
    (folder / "Release").write_text(
        f"Suite: {SUITE}\nCodename: {SUITE}\nSHA256:\n {_digest(index)} {index.stat().st_size} Packages\n"
    )
    return f"deb [trusted=yes] copy:{folder} ./"


def renewed_lock(cache: Path) -> str:
    """Return the lock as it has to be today: what the wanted packages need, at this machine's Debian mirror."""
    trees: dict[tuple[str, str], list[str]] = {}
    with _apt() as apt:
        for tree, names in read_wanted(WANTED.read_text()).items():
            said = _run(*apt, "install", "--simulate", _ESSENTIAL, *names)
            for found in _INSTALLED.finditer(said):
                trees.setdefault((found[1], found[2]), []).append(tree)
        _download([f"{name}={version}" for name, version in trees if not _debs(cache, name, version)], apt, cache)
    lines = [
        f"{name} {version} {_digest(deb)} {' '.join(held)}\n"
        for (name, version), held in sorted(trees.items())
        for deb in _debs(cache, name, version)[:1]
    ]
    if len(lines) < len(trees):
        raise ImageError(
            "The mirror did not hand out all that it lists.", "What apt said above tells what; then again."
        )
    return _HEAD + "".join(lines)


def _debs(cache: Path, name: str, version: str) -> Sequence[Path]:
    """Return the files of a package in `cache`: one, or none."""
    return sorted(cache.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))


def _by_hash(cache: Path) -> dict[str, Path]:
    cache.mkdir(parents=True, exist_ok=True)
    return {_digest(deb): deb for deb in sorted(cache.glob("*.deb"))}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(names: Sequence[str], apt: Sequence[str], cache: Path) -> None:
    if names:
        subprocess.run([*apt, "-q", "download", *names], cwd=cache, check=False)


@contextmanager
def _apt() -> Iterator[tuple[str, ...]]:
    """Yield the command of an apt that knows of no installed package and of the suite alone."""
    with TemporaryDirectory(prefix="apt-") as name:
        base = Path(name)
        base.chmod(0o755)
        for each in ("state/lists/partial", "cache/archives/partial"):
            (base / each).mkdir(parents=True)
        (base / "status").touch()
        (base / "sources").write_text("".join(f"{line}\n" for line in _sources()))
        options = {
            "Dir::State": base / "state",
            "Dir::State::status": base / "status",
            "Dir::Cache": base / "cache",
            "Dir::Etc::SourceList": base / "sources",
            "Dir::Etc::SourceParts": "-",
            "Dir::Etc::Preferences": "-",
            "APT::Architecture": "amd64",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
        }
        apt = ("apt-get", *(word for name, value in options.items() for word in ("-o", f"{name}={value}")))
        _run(*apt, "update")
        yield apt


def _sources() -> Iterator[str]:
    """Yield the suite's lines for apt, at the mirrors from which this machine has its own Debian."""
    for line in dict.fromkeys(_run(*_OWN_SOURCES).splitlines()):
        where, release, component = line.split()
        if component == "main" and (found := re.fullmatch(r"(bookworm|trixie)((-updates|-security)?)", release)):
            yield f"deb [signed-by={_KEYS}] {where} {SUITE}{found[2]} main"


def _run(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise ImageError(f"{' '.join(command)}: {done.stderr.strip()}", "Mend that, then start again.")
    return done.stdout
