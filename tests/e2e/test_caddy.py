"""Caddy as an online CA of another family: it makes no request, so openssl does, and its own key stays with it."""

import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.appliance import Appliance
from tests.e2e.chains import openssl
from tests.e2e.openbao import GUARD, answers, free_port

pytestmark = pytest.mark.e2e

NAME = "www.test.privsec.ch"


def configuration(root: str, chain: str, key: Path, address: str) -> dict[str, Any]:
    """Return a configuration with our root, our intermediate and its key, and one TLS server."""
    authority = {"root": {"certificate": root}, "intermediate": {"certificate": chain, "private_key": str(key)}}
    served = {
        "listen": [address],
        "automatic_https": {"disable_redirects": True},
        "routes": [{"match": [{"host": [NAME]}], "handle": [{"handler": "static_response", "body": "hello"}]}],
        "protocols": ["h1"],
    }
    issuer = {"module": "internal", "ca": "ours"}
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "apps": {
            "pki": {"certificate_authorities": {"ours": {"install_trust": False, **_loaded(authority)}}},
            "tls": {"automation": {"policies": [{"subjects": [NAME], "issuers": [issuer]}]}},
            "http": {"servers": {"here": served}},
        },
    }


def _loaded(authority: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {**pair, "format": "pem_file"} for name, pair in authority.items()}


@contextmanager
def caddy(config: dict[str, Any], address: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run Caddy until the end of the block; it has the folder to itself."""
    file = folder / "caddy.json"
    file.write_text(json.dumps(config))
    variables = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("wb") as log:
        server = subprocess.Popen(["caddy", "run", "--config", file], env=variables, stdout=log, stderr=log)
        try:
            answers(address, server)
            yield server
        finally:
            server.kill()
            server.wait()


def peer_of(address: str, context: ssl.SSLContext, server: "subprocess.Popen[bytes]") -> Any:  # noqa: ANN401
    """Return the certificate that a TLS server shows, once it has one: Caddy listens before it has."""
    host, _, port = address.rpartition(":")
    until = time.monotonic() + GUARD
    while True:
        try:
            with (
                socket.create_connection((host, int(port)), timeout=GUARD) as plain,
                context.wrap_socket(plain, server_hostname=NAME) as secured,
            ):
                return secured.getpeercert()
        except ssl.SSLCertVerificationError:
            raise
        except ssl.SSLError:
            assert server.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.fixture
def online(tmp_path: Path) -> Path:
    """Return the folder of Caddy's administrator, with a key and a request in it."""
    folder = tmp_path / "caddy"
    folder.mkdir()
    made = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "key.pem")
    assert made.returncode == 0
    subject = "/CN=PrivSec Intermediate CA (test)"
    assert (
        openssl("req", "-new", "-key", folder / "key.pem", "-subj", subject, "-out", folder / "ca.csr").returncode == 0
    )
    return folder


def test_serves_a_certificate_that_verifies_against_the_root(appliance: Appliance, online: Path) -> None:
    done = appliance.sign("test", online / "ca.csr")
    assert done.code == 0, done.err
    files = done.json["issued"][0]["files"]
    address = f"127.0.0.1:{free_port()}"

    with caddy(configuration(files["root"], files["chain"], online / "key.pem", address), address, online) as server:
        assert server.poll() is None, (online / "caddy.log").read_text()
        peer = peer_of(address, ssl.create_default_context(cafile=files["root"]), server)

    assert peer is not None
    assert ("DNS", NAME) in peer["subjectAltName"]
    assert ((("commonName", "PrivSec Intermediate CA (test)"),)) in peer["issuer"]


def test_refuses_to_start_with_the_chain_of_another_key(appliance: Appliance, online: Path) -> None:
    """Where OpenBao says nothing, Caddy does: so the wrong file is found either way."""
    files = appliance.sign("test", online / "ca.csr").json["issued"][0]["files"]
    other = online / "other.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other)
    address = f"127.0.0.1:{free_port()}"

    with caddy(configuration(files["root"], files["chain"], other, address), address, online) as server:
        assert server.wait(GUARD) != 0

    assert "private key does not match issuer public key" in (online / "caddy.log").read_text()
