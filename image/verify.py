"""Building again, elsewhere and otherwise, and comparing: the same octets, or the first difference by name."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from image.build import CACHE, digest, read_sums
from image.errors import ImageError
from image.root import PROJECT

_OTHERWISE = {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "random"}
_AGAIN = """
import os, sys; from pathlib import Path; from image.build import build
os.umask(0o077); build(*map(Path, sys.argv[1:]))
"""


def verify(out: Path, work: Path) -> str:
    """Build from a copy of the project, in another folder, time zone, language and umask; return what to say.

    `out` and `work` are those of the build that is compared. It is an ImageError where anything differs.
    """
    told = read_sums(out)
    if wrong := [name for name, sha256 in told.items() if (out / name).exists() and digest(out / name) != sha256]:
        raise ImageError(f"{out / wrong[0]} is not what SHA256SUMS beside it says.", "Build it again: ./run image")
    with TemporaryDirectory(prefix="image-again-", dir=work.parent) as name:
        there = Path(name)
        shutil.copytree(PROJECT, there / "project", ignore=shutil.ignore_patterns(".*", "build", "dist", "__pycache__"))
        command: list[str | Path] = [
            sys.executable,
            "-c",
            _AGAIN,
            there / "out",
            there / "work",
            _cache(there / "cache"),
        ]
        environment = {**os.environ, **_OTHERWISE}
        if subprocess.run(command, cwd=there / "project", env=environment, check=False).returncode:
            raise ImageError("The second build failed.", "What it said above tells why.")
        again = read_sums(there / "out")
        if told != again:
            raise ImageError(
                f"The two builds differ: {next(differences(work, there / 'work', told, again))}.",
                "Do not use either before it is known why.",
            )
    return f"IDENTICAL: {len(told)} of {len(told)} files, built again from a copy of the project"


def _cache(folder: Path) -> Path:
    """Make a cache of the packages and of what packs, which the lock pins; the root is made anew."""
    folder.mkdir()
    for each in (CACHE / "debs", *CACHE.glob("tools-*")):
        (folder / each.name).symlink_to(each)
    return folder


def differences(one: Path, other: Path, told: Mapping[str, str], again: Mapping[str, str]) -> Iterator[str]:
    """Yield what differs between two builds in these folders, the cause before what follows from it."""
    yield from _trees(one / "root", other / "root")
    for name in {**told, **again}:
        if told.get(name) != again.get(name):
            yield f"{name}{_where(one / name, other / name)}"


def _trees(one: Path, other: Path) -> Iterator[str]:
    found = ({path.relative_to(each): path for path in each.rglob("*")} for each in (one, other))
    mine, others = found
    for name in sorted(mine.keys() | others.keys()):
        if name not in mine or name not in others:
            yield f"root/{name} is in one of them only"
        elif _about(mine[name]) != _about(others[name]):
            yield f"root/{name}{_where(mine[name], others[name])}"


def _about(path: Path) -> tuple[object, ...]:
    """Return what a root keeps of a file: kind and permissions, and its octets or where it points."""
    status = path.lstat()
    held = str(path.readlink()) if path.is_symlink() else digest(path) if path.is_file() else ""
    return status.st_mode, held


def _where(one: Path, other: Path) -> str:
    """Return where two files differ: the place of their first octet that is not the same."""
    if not (one.is_file() and other.is_file()):
        return ""
    if one.read_bytes() == other.read_bytes():
        return f", permissions {one.stat().st_mode & 0o7777:o} and {other.stat().st_mode & 0o7777:o}"
    mine, others = one.read_bytes(), other.read_bytes()
    place = next((at for at, pair in enumerate(zip(mine, others, strict=False)) if pair[0] != pair[1]), None)
    return f", at octet {place if place is not None else min(len(mine), len(others))}"
