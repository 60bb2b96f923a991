"""Inside the image's own root, as root, from before its first process until the end: answers what the tests ask.

It comes with the test by a second initramfs, so the image itself stays octet for octet what is released. It is there
before the machine closes itself, which shows that not even root can do later what is closed then. Only the standard
library; the text of this file is what Python runs.
"""

import ctypes
import errno
import json
import os
import socket
import subprocess
import termios
import traceback
import tty
from pathlib import Path
from typing import Any

PORT = "/dev/ttyS1"
NETWORKS = ("e1000", "r8169", "virtio_net", "cdc_ether", "usbnet")


def lines(path: str) -> list[str]:
    """Return the lines of a file."""
    return Path(path).read_text().splitlines()


def names(path: str) -> list[str]:
    """Return the names in a folder, in order."""
    return sorted(each.name for each in Path(path).iterdir())


def refusal(call: Any, *arguments: Any) -> str:  # noqa: ANN401 (whatever may be refused)
    """Return the name of the error with which the system refuses a call; "" where it does not."""
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return ""


def network() -> dict[str, Any]:
    """Return the interfaces, their flags, and how reaching anything ends."""

    def reach(family: socket.AddressFamily, where: tuple[str, int]) -> None:
        with socket.socket(family, socket.SOCK_DGRAM) as reaching:
            reaching.connect(where)

    return {
        "interfaces": names("/sys/class/net"),
        "up": int(lines("/sys/class/net/lo/flags")[0], 16) & 1,
        "IPv4": refusal(reach, socket.AF_INET, ("192.0.2.1", 53)),
        "IPv6": refusal(reach, socket.AF_INET6, ("2001:db8::1", 53)),
    }


def modules() -> dict[str, Any]:
    """Return what modules there are and are loaded, and how loading another ends, even one that is signed."""
    there = {path.name.partition(".")[0].replace("-", "_") for path in Path("/usr/lib/modules").rglob("*.ko*")}
    loaded = {line.split()[0] for line in lines("/proc/modules")}
    libc = ctypes.CDLL(None, use_errno=True)
    done = [subprocess.run(["/usr/sbin/modprobe", each], check=False, capture_output=True) for each in NETWORKS]
    failed = libc.init_module(b"", 0, b"")
    return {
        "there": sorted(there),
        "loaded": sorted(loaded),
        "networks": [each.returncode for each in done],
        "signed": (failed, errno.errorcode[ctypes.get_errno()]),
        "closed": lines("/proc/sys/kernel/modules_disabled"),
    }


def files() -> dict[str, Any]:
    """Return how the root and memory are mounted, what runs with the rights of its owner, what programs there are."""
    setuid = []
    for folder, _, inside in os.walk("/usr"):
        setuid += [at for name in inside if os.lstat(at := f"{folder}/{name}").st_mode & 0o6000]
    mounts = {line.split()[1]: line.split()[2:4] for line in lines("/proc/mounts")}
    return {
        "root": mounts["/"],
        "write": refusal(Path("/usr/new").write_text, ""),
        "setuid": setuid,
        "swaps": lines("/proc/swaps")[1:],
        "mounts": {at: options.split(",") for at, (kind, options) in mounts.items() if kind in ("tmpfs", "devtmpfs")},
        "programs": [*names("/usr/bin"), *names("/usr/sbin")],
        "tests": [str(each) for each in Path("/usr/lib/python3/dist-packages").glob("*/tests")],
    }


def kernel() -> dict[str, Any]:
    """Return how far the kernel is locked down, and how getting at its memory ends."""
    return {
        "lockdown": Path("/sys/kernel/security/lockdown").read_text(),
        "memory": refusal(Path("/dev/mem").read_bytes),
        "kcore": refusal(Path("/proc/kcore").open, "rb"),
        "core": lines("/proc/sys/kernel/core_pattern"),
        "suid_dumpable": lines("/proc/sys/fs/suid_dumpable"),
    }


def processes() -> list[dict[str, Any]]:
    """Return what runs, apart from the kernel's own threads and this."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")[:-1]
            status = dict(line.split(":\t", 1) for line in lines(f"{folder}/status") if ":\t" in line)
            limits = [line.split()[4:6] for line in lines(f"{folder}/limits") if line.startswith("Max core file size")]
            terminal = str((folder / "fd/0").readlink())
        except OSError:
            continue  # it has ended
        if command:
            wanted = ("Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapBnd", "CapInh", "NoNewPrivs")
            about = {name: status[name].split() for name in wanted}
            found.append({"command": command, "core": limits[0], "terminal": terminal, **about})
    return found


def usb() -> dict[str, Any]:
    """Return the devices on USB that are used, the interfaces that have a driver, and what the guard told."""
    devices = Path("/sys/bus/usb/devices")
    ports = [name for name in names(str(devices)) if (devices / name / "authorized").exists() and ":" not in name]
    return {
        "used": [name for name in ports if lines(str(devices / name / "authorized")) == ["1"]],
        "interfaces": [name for name in names(str(devices)) if (devices / name / "driver").exists() and ":" in name],
        "nodes": {str(node): node.stat().st_uid for node in Path("/dev/bus/usb").glob("*/*")},
        "barred": json.loads(Path("/run/offline-root/usb").read_text()),
    }


def events() -> list[str]:
    """Return what the audit log records, in order, and is on the disk: a line can be read before it is flushed."""
    log = "/var/lib/offline-root/root/audit/log.jsonl"
    with open(log, "rb") as opened:  # noqa: PTH123 (it is a descriptor that is wanted)
        read = opened.read().splitlines()
        os.fsync(opened.fileno())
    return [json.loads(line)["event"] for line in read]


def answer(question: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
    """Return the answer to a question: the function's value."""
    known = {each.__name__: each for each in (network, modules, files, kernel, processes, usb, events)}
    return known[question["ask"]]()


def main() -> None:
    """Answer until the machine goes off."""
    with open(PORT, "r+b", buffering=0) as port:  # noqa: PTH123 (it is a descriptor that is wanted)
        tty.setraw(port.fileno(), termios.TCSANOW)
        port.write(b'{"ready": true}\n')
        rest = b""
        while True:
            rest += port.read(4096) or b""
            line, found, after = rest.partition(b"\n")
            if not found:
                continue
            rest = after
            try:
                said: dict[str, Any] = {"answer": answer(json.loads(line))}
            except Exception:  # noqa: BLE001 (the host raises it again)
                said = {"error": traceback.format_exc()}
            port.write(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
