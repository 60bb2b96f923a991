"""The kernel's modules that may be there: those of the list `modules.allow`, and what these need."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from image.archive import HERE
from image.errors import ImageError

FIRST = ("loop", "squashfs")
"""What is needed before the root is there."""


def allowed() -> tuple[str, ...]:
    """Return the list, in the order in which they are loaded."""
    lines = (HERE / "modules.allow").read_text().splitlines()
    return tuple(name for line in lines if not line.startswith("#") for name in line.split())


def release(root: Path) -> str:
    """Return the release of the kernel in a root."""
    (folder,) = (root / "usr/lib/modules").iterdir()
    return folder.name


def paths(root: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Return the files of modules in a root and of all that they need, what is needed first."""
    base = root / "usr/lib/modules" / release(root)
    return tuple(base / path for path in needed(names, *_indexes(base)))


def keep(root: Path, names: Iterable[str]) -> None:
    """Remove every module from a root that neither is named nor needed by one that is."""
    base = root / "usr/lib/modules" / release(root)
    kept = set(paths(root, names))
    for path in sorted(base.rglob("*.ko*")):
        if path not in kept:
            path.unlink()
    for path in sorted(base.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name in ("build", "source"):
        (base / name).unlink(missing_ok=True)
    shutil.rmtree(base / "vdso", ignore_errors=True)


def needed(
    names: Iterable[str],
    depends: Mapping[str, tuple[str, ...]],
    soft: Mapping[str, tuple[str, ...]],
    built_in: set[str],
) -> tuple[str, ...]:
    """Return the paths of modules and of all that they need, what is needed first (ImageError for an unknown one).

    `depends`: path → paths; `soft`: name → names, which an alias is too; `built_in`: names that are in the kernel.
    """
    paths = {plain(path): path for path in depends}
    found: dict[str, None] = {}

    def add(name: str, *, must: bool) -> None:
        path = paths.get(plain(name))
        if path is None:
            if must and plain(name) not in built_in:
                raise ImageError(f"The kernel has no module {name}.", "Mend image/modules.allow.")
            return
        if path in found:
            return
        for each in soft.get(plain(name), ()):
            add(each, must=False)
        for each in depends[path]:
            add(each, must=True)
        found[path] = None

    for name in names:
        add(name, must=True)
    return tuple(found)


def plain(name: str) -> str:
    """Return the name of a module as the kernel has it, from a path or any spelling."""
    return Path(name).name.partition(".")[0].replace("-", "_")


def _indexes(base: Path) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], set[str]]:
    depends = {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        depends[path] = tuple(reversed(rest.split()))
    aliases = dict(_aliases((base / "modules.alias").read_text()))
    soft: dict[str, tuple[str, ...]] = {}
    for found in re.finditer(r"^softdep (\S+) (.+)$", (base / "modules.softdep").read_text(), re.MULTILINE):
        named = (each for each in found[2].split() if not each.endswith(":"))
        soft[plain(found[1])] = tuple(aliases.get(each, each) for each in named)
    return depends, soft, {plain(line) for line in (base / "modules.builtin").read_text().splitlines()}


def _aliases(text: str) -> Iterator[tuple[str, str]]:
    """Yield alias and module, of the aliases without a pattern: algorithms and file systems."""
    for found in re.finditer(r"^alias ([\w-]+) (\w+)$", text, re.MULTILINE):
        yield found[1], found[2]
