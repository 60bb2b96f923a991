"""udisks2 as Debian has it: fetched on the host, installed and started in the guest, where nothing of it stays."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import usb_transfer
from tests.guest import inside
from tests.guest.kernel import CACHE
from usb_transfer.mounting import by_udisks

DEBS = CACHE / "udisks2"


def fetch() -> Path:
    """Return the folder with the packages that this machine does not have; apt fetches them the first time."""
    done = DEBS / "done"
    if not done.exists():
        shutil.rmtree(DEBS, ignore_errors=True)
        DEBS.mkdir(parents=True)
        said = _run("apt-get", "-s", "-q", "install", "--no-install-recommends", "dbus", "udisks2")
        names = [line.split()[1] for line in said.splitlines() if line.startswith("Inst ")]
        if names:
            _run("apt-get", "download", "-q", *names)
        done.touch()
    return DEBS


def _run(*command: str) -> str:
    return subprocess.run(command, cwd=DEBS, check=True, capture_output=True, text=True).stdout


def start(folder: str) -> None:
    """Install and start the daemon, in the guest."""
    for each in sorted(Path(folder).glob("*.deb")):
        # Not `dpkg-deb -x`: where /lib is a link to usr/lib, it would put a folder in its place.
        unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", each], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", "/"], check=True, input=unpacked)
    Path("/run/dbus").mkdir(exist_ok=True)
    subprocess.run(["udevadm", "control", "--reload"], check=True)
    subprocess.run(["dbus-daemon", "--system", "--fork"], check=True)
    with Path("/run/udisks2.log").open("wb") as log:
        subprocess.Popen(["/usr/libexec/udisks2/udisksd", "--no-debug"], stdout=log, stderr=log)
    _wait_for("udisksctl", "status")


def chosen(label: str, by_desktop: bool) -> dict[str, Any]:
    """Do as `inside.chosen`, with udisks2; `by_desktop`: where a desktop mounted the stick before."""
    node = str(inside.wait_for(label))
    _wait_for("udisksctl", "info", "-b", node)  # it is told of the stick by udev, as we are
    if by_desktop:
        _wait_for("udisksctl", "mount", "-b", node)
    with patch.object(usb_transfer, "way_to_mount", lambda: by_udisks):
        return inside.chosen(label)


def _wait_for(*command: str) -> None:
    until = time.monotonic() + inside.GUARD
    while (done := subprocess.run(command, check=False, capture_output=True)).returncode:
        assert time.monotonic() < until, (command, done.stderr)
        time.sleep(0.5)
