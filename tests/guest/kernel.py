"""Debian's kernel and the initramfs that starts it, made once and kept in .venv: nothing of this machine is changed.

The kernel here may have no USB, no FAT and no modules. Debian's has all of that, and runs in QEMU without any image:
its root is this machine's own, read-only over 9p, with a layer on top that goes with it.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CACHE = ROOT / ".venv" / "guest"
_FIRST = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")
"""The modules that are needed before the root is there; all others come from it."""
_START = """\
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs dev /dev
while read module; do $b insmod /modules/$module; done </modules/order
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host
$b mount -t tmpfs tmpfs /layer; $b mkdir /layer/upper /layer/work
$b mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /root
for each in proc sys dev; do $b mount --move /$each /root/$each; done
$b mount -t tmpfs tmpfs /root/run
exec $b switch_root /root /bin/sh "$($b sed 's/.*start=//' /root/proc/cmdline)"
"""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What QEMU boots, and the folder under which `lib/modules` of that kernel lies."""

    image: Path
    initrd: Path
    modules: Path


def kernel() -> Kernel:
    """Return the kernel, fetched by apt where it is not there yet: about 70 MB."""
    done = CACHE / "done"
    if not done.exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        _fetch()
        _initrd()
        done.touch()
    (image,) = CACHE.glob("boot/vmlinuz-*")
    return Kernel(image, CACHE / "initrd", CACHE)


def _fetch() -> None:
    depends = _run("apt-cache", "depends", "linux-image-amd64").splitlines()
    (package,) = {line.split()[1] for line in depends if "Depends: linux-image-" in line}
    _run("apt-get", "download", "-q", package)
    (deb,) = CACHE.glob("*.deb")
    _run("dpkg-deb", "-x", deb, CACHE)
    deb.unlink()
    _run("depmod", "-b", CACHE, _version())


def _version() -> str:
    (folder,) = CACHE.glob("lib/modules/*")
    return folder.name


def _initrd() -> None:
    inside = CACHE / "initramfs"
    for name in ("bin", "modules", "proc", "sys", "dev", "host", "layer", "root"):
        (inside / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", inside / "bin")
    order: dict[str, None] = {}
    for module in _FIRST:
        needed = _run("modprobe", "-d", CACHE, "-S", _version(), "--show-depends", module)
        order |= dict.fromkeys(line.split()[1] for line in needed.splitlines() if line.startswith("insmod"))
    for each in order:
        shutil.copy(each, inside / "modules")
    (inside / "modules" / "order").write_text("".join(f"{Path(each).name}\n" for each in order))
    (inside / "init").write_text(_START)
    (inside / "init").chmod(0o755)
    names = "\0".join(str(each.relative_to(inside)) for each in sorted(inside.rglob("*")))
    packed = subprocess.run(
        ["cpio", "-0", "-o", "-H", "newc", "--quiet"], input=names.encode(), cwd=inside, check=True, capture_output=True
    )
    (CACHE / "initrd").write_bytes(packed.stdout)


def _run(*command: str | Path) -> str:
    return subprocess.run(command, cwd=CACHE, check=True, capture_output=True, text=True).stdout
