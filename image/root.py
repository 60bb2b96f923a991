"""The root of the machine: Debian packages, the appliance and its wheels; then what no ceremony needs is taken away."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from image import archive, modules
from image.errors import ImageError

EPOCH = 1_767_225_600
"""The time (POSIX) of every file in every image: 2026-01-01. A new commit alone makes no new image."""
PROJECT = Path(__file__).parent.parent
PRODUCT = ("offline_root", "hsm", "usb_transfer", "tui")
USER = "offline-root"
_DATA = (".py", ".toml", ".txt", ".tcss")
_SITE = Path("usr/lib/python3/dist-packages")
_OWN = Path("usr/lib/offline-root")
_PROGRAMS = ("__init__.py", "bus.py", "guard.py", "helper.py", "session.py", "usb.py")
"""What of this folder runs in the machine."""
_RULES = Path("etc/udev/rules.d")
_PRUNE = archive.HERE / "prune"
_UNTRANSLATED = ("/usr/share/locale/*", "/usr/share/man/*", "/usr/share/info/*")
_ABIS, _PLATFORMS = ("cp313", "abi3", "none"), ("manylinux_2_34", "manylinux_2_28", "manylinux2014")
_WHEELS = (
    *("--python-version", "3.13", "--implementation", "cp", "--only-binary", ":all:", "--platform", "any"),
    *(word for each in _ABIS for word in ("--abi", each)),
    *(word for each in _PLATFORMS for word in ("--platform", f"{each}_x86_64")),
)


def tree(name: str, cache: Path) -> Path:
    """Return a tree of locked Debian packages, made once for each lock and kept in `cache` beside the packages."""
    packages = archive.of_tree(name)
    locked = "".join(f"{each.sha256}\n" for each in packages)
    made = cache / f"{name}-{hashlib.sha256(locked.encode()).hexdigest()[:16]}"
    if not made.exists():
        fresh = made.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        _install(name, packages, fresh, cache / "debs")
        fresh.rename(made)
    return made


def make_root(folder: Path, cache: Path) -> None:
    """Make the root in a fresh folder, and beside it `kernel` and `busybox`, which come before it."""
    run("cp", "--archive", tree("root", cache), folder)
    (kernel,) = folder.glob("boot/vmlinuz-*")
    shutil.copyfile(kernel, folder.with_name("kernel"))
    shutil.copyfile(folder / "usr/bin/busybox", folder.with_name("busybox"))
    _install_appliance(folder)
    for into, names in ((_OWN, ("start",)), (_SITE / "image", _PROGRAMS), (_RULES, ("token.rules",))):
        (folder / into).mkdir(exist_ok=True)
        for each in names:
            shutil.copy(archive.HERE / each, folder / into)
    (folder / _OWN / "modules").write_text("".join(f"{name}\n" for name in modules.allowed()))
    modules.keep(folder, modules.allowed())
    inside(folder, "depmod", modules.release(folder))
    _write_etc(folder)
    inside(folder, "python3", "-m", "compileall", "-q", "-j1", "--invalidation-mode", "unchecked-hash", "/usr/lib")
    _prune(folder)


def inside(tree: Path, *command: str | Path, work: Path | None = None) -> None:
    """Run a program of a tree in it, without network; `work` is /mnt there."""
    bound = ("--bind", work, "/mnt", "--chdir", "/mnt") if work else ("--chdir", "/")
    shut = ("--unshare-all", "--die-with-parent", "--dev", "/dev", "--proc", "/proc")
    run("bwrap", "--bind", tree, "/", *shut, *bound, "--", *command)


def run(*command: str | Path, **environment: str) -> None:
    """Run a program in an environment that is the same everywhere (ImageError)."""
    same = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    # mksquashfs takes the time as an option, and refuses to be told twice.
    time = {} if "mksquashfs" in command else {"SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(command, env={**same, **time, **environment}, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise ImageError(f"{command[0]} ended with {done.returncode}.", "What it said above tells why.")


def _install(tree: str, packages: Sequence[archive.Package], folder: Path, debs: Path) -> None:
    source = folder.with_name(f"{folder.name}.archive")
    shutil.rmtree(source, ignore_errors=True)
    line = archive.make_archive(packages, archive.fetched(packages, debs), source)
    wanted = ",".join(archive.read_wanted(archive.WANTED.read_text())[tree])
    command = ["mmdebstrap", "--quiet", "--mode=root", "--format=directory", "--variant=essential"]
    command += [f"--include={wanted}", '--aptopt=APT::Install-Recommends "false"']
    command += [f"--dpkgopt=path-exclude={each}" for each in _UNTRANSLATED]
    command.append("--dpkgopt=force-unsafe-io")  # what is interrupted here is begun anew
    run(*command, archive.SUITE, folder, line, INITRD="No")
    shutil.rmtree(source)
    locked, there = {f"{each.name} {each.version}" for each in packages}, set(_installed(folder))
    if locked != there:
        raise ImageError(f"{tree} and lock differ: {sorted(locked ^ there)}", "Renew the lock: ./run image lock")


def _installed(folder: Path) -> Iterator[str]:
    for block in (folder / "var/lib/dpkg/status").read_text().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if fields:
            yield f"{fields['Package']} {fields['Version']}"


def _install_appliance(folder: Path) -> None:
    site = folder / _SITE
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile", "--require-hashes"]
    command += [*_WHEELS, "--target", str(site), "-r", str(PROJECT / "requirements.txt")]
    # pip alone keeps the machine's settings: they say where packages come from. The hashes say what they are.
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise ImageError("The locked wheels could not be installed.", "What pip said above tells why.")
    for package in PRODUCT:
        for source in sorted((PROJECT / package).rglob("*")):
            if source.suffix in _DATA:
                target = site / source.relative_to(PROJECT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def _write_etc(folder: Path) -> None:
    etc = folder / "etc"
    for name, line in (("passwd", f"{USER}:x:1000:1000::/tmp:/usr/sbin/nologin"), ("group", f"{USER}:x:1000:")):
        with (etc / name).open("a") as file:
            file.write(f"{line}\n")
    (etc / "hostname").write_text("offline-root\n")
    (folder / "mnt").rename(folder / "var/lib/offline-root")
    for name in ("machine-id", "fstab"):
        (etc / name).write_text("")


def _prune(folder: Path) -> None:
    for line in _PRUNE.read_text().splitlines():
        pattern, _, kept = line.partition(" except ")
        if line and not line.startswith("#"):
            for path in sorted(folder.glob(pattern)):
                if path.name not in kept.split():
                    _remove(path)
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.stat().st_mode & 0o6000:
            path.chmod(path.stat().st_mode & 0o777)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)  # a folder of it may be a link to one that is gone already
