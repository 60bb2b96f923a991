"""From a root to what is written onto media: squashfs, initramfs, one EFI program, and the two images that hold it."""

import lzma
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from image import modules
from image.archive import HERE
from image.cpio import File, archive
from image.root import EPOCH, inside
from offline_root import __version__

NAME = "offline-root"
_STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
_MIB = 1 << 20
# Fixed where others draw by chance: the serial number of the FAT, and the GUIDs of disk and partition.
_SERIAL = "0FF1CE00"
_DISK, _PARTITION = "0FF1CE00-0000-4000-8000-000000000001", "0FF1CE00-0000-4000-8000-000000000002"
_DATE = "2026010100000000"
"""EPOCH as xorriso writes it."""


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs a root with the programs of the tree `tools`; everything is made in the folder `work`."""

    tools: Path
    work: Path

    def pack(self, root: Path) -> tuple[str, ...]:
        """Make everything; return the names of what was made, in the order in which one is made of the other."""
        self._squash(root)
        self._initramfs(root)
        (self.work / "os-release").write_text(f'ID={NAME}\nNAME="{NAME}"\nVERSION_ID={__version__}\n')
        shutil.copyfile(HERE / "cmdline", self.work / "cmdline")
        self._tool(
            *("ukify", "build", "--linux=kernel", "--initrd=initrd", "--cmdline=@cmdline", "--os-release=@os-release"),
            *(f"--uname={modules.release(root)}", f"--stub={_STUB}", f"--output={NAME}.efi"),
        )
        self._esp()
        self._iso()
        self._disk()
        return ("root.squashfs", "initrd", f"{NAME}.efi", f"{NAME}.iso", f"{NAME}.disk")

    def _tool(self, *command: str) -> None:
        inside(self.tools, *command, work=self.work)

    def _squash(self, root: Path) -> None:
        """Make root.squashfs. The root lies in the folder, so that the tool sees it."""
        self._tool(
            *("mksquashfs", root.name, "root.squashfs", "-quiet", "-no-progress", "-noappend", "-no-xattrs"),
            *("-all-root", "-comp", "zstd", "-Xcompression-level", "6", "-b", "256K"),
            *("-all-time", str(EPOCH), "-mkfs-time", str(EPOCH)),
        )

    def _initramfs(self, root: Path) -> None:
        first = enumerate(modules.paths(root, modules.FIRST))
        files = [
            File("bin/busybox", (self.work / "busybox").read_bytes(), 0o755),
            File("init", (HERE / "init").read_bytes(), 0o755),
            File("root.squashfs", (self.work / "root.squashfs").read_bytes()),
            *(File(f"modules/{place}-{each.stem}", lzma.decompress(each.read_bytes())) for place, each in first),
        ]
        (self.work / "initrd").write_bytes(archive(files, folders=("bin", "dev", "modules", "root")))

    def _esp(self) -> None:
        """Make esp.img, a FAT that holds the EFI program where any firmware looks for it."""
        efi, esp = self.work / f"{NAME}.efi", self.work / "esp.img"
        _blank(esp, _whole(efi.stat().st_size + 4 * _MIB))
        os.utime(efi, (EPOCH, EPOCH))
        self._tool("mkfs.vfat", "-F32", "-i", _SERIAL, "-n", "OFFROOT", "--invariant", esp.name)
        self._tool("mmd", "-i", esp.name, "::EFI", "::EFI/BOOT")
        self._tool("mcopy", "-m", "-i", esp.name, efi.name, "::EFI/BOOT/BOOTX64.EFI")
        os.utime(esp, (EPOCH, EPOCH))

    def _iso(self) -> None:
        """Make the ISO: the FAT is its boot image, so it starts from optical media and from a stick alike."""
        folder = self.work / "iso"
        folder.mkdir()
        os.link(self.work / "esp.img", folder / "esp.img")
        os.utime(folder, (EPOCH, EPOCH))
        self._tool(
            *("xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-V", "OFFROOT", f"--modification-date={_DATE}"),
            *("--set_all_file_dates", f"={EPOCH}", "--gpt_disk_guid", _DISK.lower(), "-uid", "0", "-gid", "0"),
            *("-e", "esp.img", "-no-emul-boot", "-isohybrid-gpt-basdat", "-o", f"{NAME}.iso", "iso"),
        )

    def _disk(self) -> None:
        """Make the raw disk: one GPT partition, the FAT."""
        esp, disk = self.work / "esp.img", self.work / f"{NAME}.disk"
        size = esp.stat().st_size
        _blank(disk, size + 2 * _MIB)
        (self.work / "table").write_text(
            f"label: gpt\nlabel-id: {_DISK}\nstart=2048, size={size // 512}, type=U, uuid={_PARTITION}, name=OFFROOT\n"
        )
        self._tool("sh", "-c", f"sfdisk --quiet {disk.name} <table")
        with disk.open("r+b") as file:
            file.seek(_MIB)
            file.write(esp.read_bytes())


def _blank(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _whole(size: int) -> int:
    return -(-size // _MIB) * _MIB
