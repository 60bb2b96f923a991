"""Two builds that differ: which difference is named, and where."""

from collections.abc import Callable
from pathlib import Path

import pytest

from image.build import DELIVERED, SUMS, digest
from image.errors import ImageError
from image.root import PROJECT
from image.verify import differences, verify

MADE = ("root.squashfs", "offline-root.iso")


def built(folder: Path) -> Path:
    """Make what a build leaves: a root, and what was made of it."""
    (folder / "root/etc").mkdir(parents=True)
    (folder / "root/etc/hostname").write_bytes(b"offline-root\n")
    (folder / "root/bin").symlink_to("usr/bin")
    for name in MADE:
        (folder / name).write_bytes(name.encode() * 10)
    return folder


def sums(folder: Path) -> dict[str, str]:
    return {name: digest(folder / name) for name in MADE}


def point(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def change(path: str, octets: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_bytes(octets)


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "one octet": (change("root/etc/hostname", b"offline-rOot\n"), "root/etc/hostname, at octet 9"),
    "longer": (change("root/etc/hostname", b"offline-root\n\n"), "root/etc/hostname, at octet 13"),
    "permissions": (
        lambda folder: (folder / "root/etc/hostname").chmod(0o600),
        "root/etc/hostname, permissions 644 and 600",
    ),
    "more": (change("root/etc/new", b""), "root/etc/new is in one of them only"),
    "less": (lambda folder: (folder / "root/etc/hostname").unlink(), "root/etc/hostname is in one of them only"),
    "elsewhere": (lambda folder: point(folder / "root/bin", "bin"), "root/bin"),
    "packed": (change("root.squashfs", b"root.sqUashfs" * 10), "root.squashfs, at octet 7"),
}


@pytest.mark.parametrize(("changed", "named"), CASES.values(), ids=CASES)
def test_the_first_difference_is_named(tmp_path: Path, changed: Callable[[Path], object], named: str) -> None:
    one, other = built(tmp_path / "one"), built(tmp_path / "other")
    (one / "root/etc/hostname").chmod(0o644)
    (other / "root/etc/hostname").chmod(0o644)
    assert list(differences(one, other, sums(one), sums(other))) == []
    changed(other)
    assert next(differences(one, other, sums(one), sums(other))) == named


def test_an_image_that_was_changed_after_its_build_is_refused(tmp_path: Path) -> None:
    for name in DELIVERED:
        (tmp_path / name).write_bytes(b"as built")
    (tmp_path / SUMS).write_text("".join(f"{digest(tmp_path / name)}  {name}\n" for name in DELIVERED))
    (tmp_path / DELIVERED[0]).write_bytes(b"as builT")
    with pytest.raises(ImageError, match=r"offline-root\.iso is not what SHA256SUMS beside it says"):
        verify(tmp_path, tmp_path / "work")


@pytest.mark.image
def test_a_second_build_elsewhere_is_the_same() -> None:
    """The first one is that of this run: its root may come from the cache, that of the second never does."""
    assert verify(PROJECT / "dist", PROJECT / "build" / "image").startswith("IDENTICAL")
