"""One root does not separate environments for client authentication; their intermediates do. Shown with real programs.

`alice` is a client of `test`, with a common name and nothing else: no name constraint reaches her. `bob` is of `prod`.
"""

import json
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.appliance import Appliance
from tests.authorities import common_name
from tests.e2e.chains import openssl
from tests.e2e.openbao import GUARD, answers, free_port
from tests.leaves import LEAF, leaf
from tests.requests import request, written

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Trust:
    """What the ceremony handed out, and the two clients: each with the chain that it shows."""

    folder: Path
    root: Path
    test: Path
    prod: Path
    alice: Path
    bob: Path
    key: Path


@pytest.fixture(scope="module")
def trust(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """Sign both environments under one root, and have each issue a client certificate."""
    folder = tmp_path_factory.mktemp("separation")
    appliance = created.copy(folder / "appliance")
    made: dict[str, Path] = {}
    for environment, client in (("test", "alice"), ("prod", "bob")):
        online = ec.generate_private_key(ec.SECP384R1())
        csr = written(folder, f"{environment}.csr", request(f"PrivSec Intermediate CA ({environment})", key=online))
        done = appliance.sign(environment, csr)
        assert done.code == 0, done.err
        files = {name: Path(path) for name, path in done.json["issued"][0]["files"].items()}
        issuer = x509.load_pem_x509_certificate(files["certificate"].read_bytes())
        shown = leaf(issuer=issuer, by=online, subject=common_name(client)).public_bytes(Encoding.PEM)
        made |= {"root": files["root"], environment: files["certificate"]}
        made[client] = written(folder, f"{client}.pem", shown + files["certificate"].read_bytes())
    key = LEAF.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Trust(folder, key=written(folder, "client.key", key), **made)


def test_openssl(trust: Trust) -> None:
    def takes(client: Path, anchor: Path, *options: str) -> bool:
        purpose = ("-purpose", "sslclient")
        return openssl("verify", *options, *purpose, "-CAfile", anchor, "-untrusted", client, client).returncode == 0

    assert takes(trust.alice, trust.root)
    assert takes(trust.bob, trust.root)
    assert not takes(trust.alice, trust.prod, "-partial_chain")
    assert takes(trust.bob, trust.prod, "-partial_chain")
    assert takes(trust.alice, trust.test, "-partial_chain")
    # Without the option no chain ends at an intermediate: nobody gets in, and people put the root there instead.
    assert not takes(trust.bob, trust.prod)


def answer(address: str, client: Path, key: Path, method: str = "GET", path: str = "/") -> str:
    """Return what a TLS server answers to a client, empty where it does not let it in."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(client, key)
    host, _, port = address.rpartition(":")
    try:
        with (
            socket.create_connection((host, int(port)), timeout=GUARD) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(f"{method} {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return b"".join(iter(lambda: secured.recv(65536), b"")).decode()
    except (ssl.SSLError, ConnectionError):
        return ""


@contextmanager
def running(folder: Path, address: str, *arguments: str | Path) -> Iterator[None]:
    """Run a server until the end of the block; its home is the folder."""
    variables = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    log = folder / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(list(map(str, arguments)), env=variables, stdout=said, stderr=said)
        try:
            assert answers(address, server), log.read_text()
            yield
        finally:
            server.kill()
            server.wait()


CADDYFILE = """\
{{
    admin off
    persist_config off
    auto_https disable_redirects
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls {server} {key} {{
        client_auth {{
            mode require_and_verify
            trust_pool file {anchor}
        }}
    }}
    respond "hello"
}}
"""


def test_caddy(trust: Trust, tmp_path: Path) -> None:
    def greets(anchor: Path) -> list[bool]:
        port = free_port()
        text = CADDYFILE.format(port=port, server=trust.bob, key=trust.key, anchor=anchor)
        file = written(tmp_path, "Caddyfile", text.encode())
        address = f"127.0.0.1:{port}"
        with running(tmp_path, address, "caddy", "run", "--adapter", "caddyfile", "--config", file):
            return ["hello" in answer(address, client, trust.key) for client in (trust.alice, trust.bob)]

    assert greets(trust.root) == [True, True]
    assert greets(trust.prod) == [False, True]


def test_openbao(trust: Trust, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    dev = (
        "-dev-tls",
        f"-dev-tls-cert-dir={tmp_path}",
        f"-dev-listen-address={address}",
        "-dev-root-token-id=root",
        "-dev-no-store-token",
    )
    variables = {
        **os.environ,
        "BAO_ADDR": f"https://{address}",
        "BAO_TOKEN": "root",
        "BAO_SKIP_VERIFY": "true",
        "HOME": str(tmp_path),
    }

    def bao(*words: str) -> None:
        done = subprocess.run(["bao", *words], env=variables, capture_output=True, check=False, timeout=GUARD)
        assert done.returncode == 0, done.stderr

    def logs_in(client: Path) -> bool:
        _, _, body = answer(address, client, trust.key, "POST", "/v1/auth/cert/login").partition("\r\n\r\n")
        return "auth" in json.loads(body)

    with running(tmp_path, address, "bao", "server", "-dev", *dev):
        bao("auth", "enable", "cert")
        bao("write", "auth/cert/certs/clients", f"certificate=@{trust.root}")
        assert [logs_in(each) for each in (trust.alice, trust.bob)] == [True, True]
        bao("write", "auth/cert/certs/clients", f"certificate=@{trust.prod}")
        assert [logs_in(each) for each in (trust.alice, trust.bob)] == [False, True]
