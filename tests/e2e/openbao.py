"""A real online CA: an OpenBao development server on loopback, in memory, and its command line."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUARD = 300.0
"""Seconds for what takes one."""

_STARTS = 5
"""A free port may be taken between finding it and using it."""


@dataclass(frozen=True)
class OpenBao:
    """A running server. `folder` is where its administrator works."""

    address: str
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Return what the command line needs to find the server; the home is a fresh one."""
        return {**os.environ, "BAO_ADDR": self.address, "BAO_TOKEN": "root", "HOME": str(self.folder)}

    def shell(self, script: str, folder: Path | None = None) -> str:
        """Run a line as the administrator types it; return what it prints."""
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            env=self.variables,
            cwd=folder or self.folder,
            capture_output=True,
            check=False,
            timeout=GUARD,
            text=True,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def data(self, *arguments: str) -> dict[str, Any]:
        """Run a `bao` command and return the `data` of its answer."""
        found: dict[str, Any] = self.answer(*arguments)["data"]
        return found

    def answer(self, verb: str, *arguments: str) -> Any:  # noqa: ANN401  # what JSON holds
        """Run a `bao` command and return its answer."""
        done = subprocess.run(
            ["bao", verb, "-format=json", *arguments],
            env=self.variables,
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=GUARD,
            text=True,
        )
        assert done.returncode == 0, f"{verb} {arguments}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def enable(self, mount: str) -> None:
        """Make a mount as the issue says."""
        self.shell(f"bao secrets enable -path={mount} pki")
        self.shell(f"bao secrets tune -max-lease-ttl=8760h {mount}")

    def request(self, mount: str, file: str, flags: str = "", **parameters: str) -> Path:
        """Have a mount make a key and a request (`generate/internal`); return the file that `tee` leaves."""
        environment = mount.removeprefix("pki-")
        usual = {"common_name": f"PrivSec Intermediate CA ({environment})", "key_type": "ec", "key_bits": "384"}
        words = " ".join(f'{name}="{value}"' for name, value in {**usual, **parameters}.items())
        self.shell(f"bao write {flags} {mount}/intermediate/generate/internal {words} | tee {file}")
        return self.folder / file

    def import_chain(self, mount: str, chain: Path) -> dict[str, str]:
        """Import a chain as NEXT-STEPS says; return the answer's mapping of issuers to keys."""
        answer = self.data("write", f"{mount}/intermediate/set-signed", f"certificate=@{chain}")
        mapping: dict[str, str] = answer["mapping"]
        return mapping

    def leaf(self, mount: str, domain: str, common_name: str, **parameters: str) -> Path:
        """Make a role that may issue for anything below a domain, have it issue a leaf, and return its file."""
        role = f"{mount}/roles/{domain.replace('.', '-')}"
        allowed = [
            f"allowed_domains={domain}",
            "allow_subdomains=true",
            "allow_bare_domains=true",
            "allow_ip_sans=true",
        ]
        self.data("write", role, *allowed, "max_ttl=72h", "key_type=ec", "key_bits=256")
        extra = [f"{name}={value}" for name, value in parameters.items()]
        issued = self.data("write", role.replace("roles", "issue"), f"common_name={common_name}", *extra)
        file = self.folder / f"{common_name}.pem"
        file.write_text(issued["certificate"] + "\n")
        return file

    def empty(self) -> None:
        """Remove every mount of a test."""
        for path in json.loads(self.shell("bao secrets list -format=json")):
            if path.startswith("pki"):
                self.shell(f"bao secrets disable {path}")


@contextmanager
def serving(folder: Path) -> Iterator[OpenBao]:
    """Start a server, wait until it answers, and stop it in the end whatever happens."""
    for _ in range(_STARTS):
        address = f"127.0.0.1:{free_port()}"
        server = subprocess.Popen(
            [
                "bao",
                "server",
                "-dev",
                f"-dev-listen-address={address}",
                "-dev-root-token-id=root",
                "-dev-no-store-token",
            ],
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if answers(address, server):
                yield OpenBao(f"http://{address}", folder)
                return
        finally:
            server.kill()
            server.wait()
    raise AssertionError("the server did not start")


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(address: str, server: "subprocess.Popen[bytes]") -> bool:
    """Wait until somebody listens at an address; return False if the server has ended."""
    host, _, port = address.rpartition(":")
    until = time.monotonic() + GUARD
    while server.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=GUARD).close()
        except ConnectionRefusedError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.02)
        else:
            return True
    return False
