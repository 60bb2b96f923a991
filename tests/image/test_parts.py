"""What the image is made of: the lock, the modules, the initramfs."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from image import archive, modules
from image.build import spoken
from image.cpio import File
from image.cpio import archive as initramfs
from image.errors import ImageError

LOCKED = archive.read_lock(archive.LOCK.read_text())
HASH = "0" * 64


def test_the_lock_holds_every_package_that_is_wanted() -> None:
    for tree, names in archive.read_wanted(archive.WANTED.read_text()).items():
        assert set(names) <= {each.name for each in LOCKED if tree in each.trees}


def test_the_lock_has_each_package_once_and_in_order() -> None:
    assert list(LOCKED) == sorted({each.name: each for each in LOCKED}.values())


def test_the_lock_names_no_place() -> None:
    assert "/" not in "".join(each.version for each in LOCKED)
    assert "://" not in archive.LOCK.read_text()


def test_nothing_that_talks_to_a_network_is_locked_for_the_machine() -> None:
    """An HTTP client came with the YubiHSM's module, as the package's own first choice."""
    names = {each.name for each in LOCKED if "root" in each.trees}
    assert not {
        name for name in names if name.startswith(("libcurl", "libyubihsm-http", "ifupdown", "iproute", "gcc-1"))
    } - {"gcc-14-base"}


SIMULATED = (
    "Inst base-files (13.8 Debian [amd64])\nInst zlib1g (1:1.3 Debian [amd64])\nConf zlib1g (1:1.3 Debian [amd64])\n"
)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache that holds one of the two packages that a mirror lists; it hands out nothing."""

    @contextmanager
    def apt() -> Iterator[tuple[str, ...]]:
        yield ("false",)

    monkeypatch.setattr(archive, "_apt", apt)
    monkeypatch.setattr(archive, "_run", lambda *_command: SIMULATED)
    (tmp_path / "base-files_13.8_amd64.deb").write_bytes(b"base")
    return tmp_path


def test_the_lock_is_renewed_from_what_the_mirror_lists(mirror: Path) -> None:
    (mirror / "zlib1g_1%3a1.3_amd64.deb").write_bytes(b"zlib")
    text = archive.renewed_lock(mirror)
    assert [(each.name, each.version, each.trees) for each in archive.read_lock(text)] == [
        ("base-files", "13.8", ("root", "tools")),
        ("zlib1g", "1:1.3", ("root", "tools")),
    ]
    assert text.startswith(archive.LOCK.read_text().splitlines(keepends=True)[0])


def test_a_lock_is_not_renewed_by_half(mirror: Path) -> None:
    with pytest.raises(ImageError, match="did not hand out all"):
        archive.renewed_lock(mirror)


@pytest.mark.parametrize("line", ["a 1.0 abc root", f"a 1.0 {HASH}", f"a {HASH} root", f"a 1.0 {HASH.upper()}x root"])
def test_a_line_of_the_lock_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ImageError, match="a line that is none"):
        archive.read_lock(f"# comment\n\n{line}\n")


DEPENDS = {
    "kernel/fs/ext4.ko.xz": ("kernel/fs/jbd2.ko.xz", "kernel/lib/crc16.ko.xz"),
    "kernel/fs/jbd2.ko.xz": (),
    "kernel/lib/crc16.ko.xz": (),
    "kernel/lib/crc32c-generic.ko.xz": (),
    "kernel/net/e1000.ko.xz": (),
}


class TestNeeded:
    def needed(self, *names: str) -> list[str]:
        soft = {"ext4": ("crc32c_generic", "somewhere_else")}
        return [modules.plain(each) for each in modules.needed(names, DEPENDS, soft, {"vfat"})]

    def test_what_is_needed_comes_first_and_nothing_else_comes(self) -> None:
        assert self.needed("ext4") == ["crc32c_generic", "jbd2", "crc16", "ext4"]

    def test_a_name_may_have_either_dash(self) -> None:
        assert self.needed("crc32c-generic") == self.needed("crc32c_generic") == ["crc32c_generic"]

    def test_what_is_in_the_kernel_needs_no_file(self) -> None:
        assert self.needed("vfat") == []

    def test_an_unknown_module_is_refused(self) -> None:
        with pytest.raises(ImageError, match="no module ext5"):
            self.needed("ext5")


def test_no_module_of_the_list_is_for_a_network() -> None:
    allowed = {modules.plain(each) for each in modules.allowed()}
    assert not allowed & {"e1000", "e1000e", "r8169", "virtio_net", "cdc_ether", "usbnet", "iwlwifi", "bluetooth"}
    assert set(modules.FIRST) <= allowed


class TestInitramfs:
    FILES = (File("init", b"#!/bin/sh\n", 0o755), File("bin/tool", bytes(range(7))))

    def test_cpio_reads_it(self, tmp_path: Path) -> None:
        made = initramfs(self.FILES, folders=("dev", "bin"))
        subprocess.run(["cpio", "-i", "--quiet"], input=made, cwd=tmp_path, check=True, capture_output=True)
        assert {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*")} == {"bin", "dev", "init", "bin/tool"}
        assert (tmp_path / "bin/tool").read_bytes() == bytes(range(7))
        assert (tmp_path / "init").stat().st_mode & 0o777 == 0o755

    def test_it_is_the_same_whatever_the_order(self) -> None:
        assert initramfs(self.FILES, ("bin", "dev")) == initramfs(self.FILES[::-1], ("dev", "bin"))


def test_a_digest_is_spoken_as_the_words_of_its_octets() -> None:
    said = spoken("00" * 31 + "ff")
    assert (said.split()[:3], said.split()[-1]) == (["aardvark", "adroitness", "aardvark"], "Yucatan")
