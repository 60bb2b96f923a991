"""Make tests/vectors/requests anew: `python -m tests.offline_root.request.make_vectors`.

What real programs write is made with them: OpenBao (a development server on the loopback), OpenSSL, and cryptography
for the wrappings of keys. All keys are thrown away, but for those in the files: they are test data and protect nothing.
What `derived` makes of these files is the same each time.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from tests.offline_root.request.derived import FOLDER, derived

_COMMON_NAME = "common_name=PrivSec Intermediate CA (test)"
_INTERNAL = "pki-test/intermediate/generate/internal"
_EXPORTED = "pki-test/intermediate/generate/exported"

# file name: arguments of `bao write`
_OPENBAO = {
    "openbao-table.csr": (_INTERNAL, "key_type=rsa", "key_bits=4096", "exportable=true"),
    "openbao-table-ec.csr": (_INTERNAL, "key_type=ec", "key_bits=384"),
    "openbao-table-default.csr": (_INTERNAL,),
    "openbao-table-ed25519.csr": (_INTERNAL, "key_type=ed25519"),
    "openbao-table-der.csr": (_INTERNAL, "key_type=ec", "format=der"),
    "openbao-table-san.csr": (_INTERNAL, "key_type=ec", "add_basic_constraints=true", "alt_names=test.example"),
    "openbao-field.csr": ("-field=csr", _INTERNAL, "key_type=rsa", "key_bits=4096"),
    "openbao-field-ec.csr": ("-field=csr", _INTERNAL, "key_type=ec", "key_bits=384"),
    "openbao-field-der.csr": ("-field=csr", _INTERNAL, "key_type=ec", "key_bits=384", "format=der"),
    "openbao.json": ("-format=json", _INTERNAL, "key_type=rsa", "key_bits=4096"),
    "openbao-ec.json": ("-format=json", _INTERNAL, "key_type=ec", "key_bits=384"),
    "openbao-der.json": ("-format=json", _INTERNAL, "key_type=ec", "format=der"),
    "openbao.yaml": ("-format=yaml", _INTERNAL, "key_type=rsa", "key_bits=4096"),
    "openbao-ec.yaml": ("-format=yaml", _INTERNAL, "key_type=ec", "key_bits=384"),
    "openbao-der.yaml": ("-format=yaml", _INTERNAL, "key_type=ec", "format=der"),
    "openbao-warnings-table.csr": (_INTERNAL, "key_type=ec", "max_path_length=0"),
    "openbao-warnings-field.csr": ("-field=csr", _INTERNAL, "key_type=ec", "max_path_length=0"),
    "openbao-ignored.json": ("-format=json", _INTERNAL, "key_type=ec", "max_path_length=0"),
    "openbao-ignored.yaml": ("-format=yaml", _INTERNAL, "key_type=ec", "max_path_length=0"),
    "openbao-exported-table.csr": (_EXPORTED, "key_type=ec"),
    "openbao-exported-der.csr": (_EXPORTED, "key_type=ec", "format=der"),
    "openbao-exported-der-rsa.yaml": ("-format=yaml", _EXPORTED, "key_type=rsa", "format=der"),
    "openbao-exported-pkcs8.json": ("-format=json", _EXPORTED, "key_type=ec", "private_key_format=pkcs8"),
    "openbao-exported-pkcs8-der.json": (
        "-format=json",
        _EXPORTED,
        "key_type=ec",
        "private_key_format=pkcs8",
        "format=der",
    ),
    "openbao-bundle-table.csr": (_EXPORTED, "key_type=ec", "format=pem_bundle"),
    "openbao-bundle-field.csr": ("-field=csr", _EXPORTED, "key_type=ec", "format=pem_bundle"),
    "openbao-bundle.json": ("-format=json", _EXPORTED, "key_type=rsa", "format=pem_bundle"),
    "openbao-bundle.yaml": ("-format=yaml", _EXPORTED, "key_type=ec", "format=pem_bundle"),
}

_PREPARATION = (
    ("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "ec.key"),
    ("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-out", "explicit.key"),
    ("genrsa", "-out", "rsa.key", "3072"),
    ("genpkey", "-algorithm", "ED25519", "-out", "ed25519.key"),
    ("req", "-x509", "-days", "1", "-subj", "/CN=certificate", "-key", "ec.key", "-out", "ec.crt"),
    ("ca", "-gencrl", "-config", "config", "-keyfile", "ec.key", "-cert", "ec.crt", "-out", "ec.crl"),
)
_NEW = ("req", "-new", "-subj", "/C=CH/O=PrivSec/CN=PrivSec Intermediate CA (test)")
_SELF_SIGNED = ("req", "-x509", "-days", "1", "-subj", "/CN=certificate", "-key", "ec.key")

# file name: arguments of `openssl`, after _PREPARATION
_OPENSSL = {
    "openssl-ec.pem": (*_NEW, "-key", "ec.key"),
    "openssl-rsa.pem": (*_NEW, "-key", "rsa.key"),
    "openssl-ed25519.pem": (*_NEW, "-key", "ed25519.key"),
    "openssl-pss.pem": (*_NEW, "-key", "rsa.key", "-sigopt", "rsa_padding_mode:pss"),
    "openssl-explicit-curve.pem": (*_NEW, "-key", "explicit.key"),
    "openssl-text.pem": (*_NEW, "-key", "ec.key", "-text"),
    "openssl-newhdr.pem": (*_NEW, "-key", "ec.key", "-newhdr"),
    "openssl.der": (*_NEW, "-key", "ec.key", "-outform", "DER"),
    "openssl-extensions.pem": (*_NEW, "-key", "ec.key", "-config", "config", "-reqexts", "extensions"),
    "openssl-challenge.pem": (*_NEW[:2], "-key", "ec.key", "-config", "config"),
    "openssl-certificate.pem": _SELF_SIGNED,
    "openssl-certificate.der": (*_SELF_SIGNED, "-outform", "DER"),
    "openssl-public-key.pem": ("pkey", "-in", "ec.key", "-pubout"),
    "openssl-public-key.der": ("pkey", "-in", "ec.key", "-pubout", "-outform", "DER"),
    "openssl-crl.pem": ("ca", "-gencrl", "-config", "config", "-keyfile", "ec.key", "-cert", "ec.crt"),
    "openssl-crl.der": ("crl", "-in", "ec.crl", "-outform", "DER"),
    "openssl-pkcs7.pem": ("crl2pkcs7", "-nocrl", "-certfile", "ec.crt"),
    "openssl-pkcs7.der": ("crl2pkcs7", "-nocrl", "-certfile", "ec.crt", "-outform", "DER"),
}

_CONFIG = """
[req]
prompt = no
distinguished_name = name
attributes = attributes
[name]
CN = PrivSec Intermediate CA (test)
[attributes]
challengePassword = CHALLENGE-PASSWORD-CANARY
unstructuredName = anything
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, 1.2.3.4
subjectAltName = @names
nameConstraints = critical, permitted;DNS:test.example, excluded;IP:0.0.0.0/0.0.0.0
subjectKeyIdentifier = hash
certificatePolicies = 2.23.140.1.2.1
1.2.3.4.5 = ASN1:UTF8String:unknown
[names]
DNS = test.example
email = ca@test.example
URI = https://test.example/
IP = 192.0.2.1
RID = 1.2.3
dirName = name
otherName = 1.2.3.5;UTF8:other
[ca]
default_ca = ca_default
[ca_default]
database = index
default_md = sha256
default_crl_days = 1
"""


@contextmanager
def _openbao() -> Iterator[dict[str, str]]:
    """Run a development server on the loopback; yield the environment of its client."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as home:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": home, "BAO_ADDR": f"http://{address}", "BAO_TOKEN": "test"}
        options = ("-dev", "-dev-root-token-id=test", f"-dev-listen-address={address}", "-dev-no-store-token")
        server = subprocess.Popen(("bao", "server", *options), env=environment, stdout=subprocess.DEVNULL)
        try:
            while subprocess.run(("bao", "status"), env=environment, capture_output=True, check=False).returncode:
                time.sleep(0.1)
            _run("bao", "secrets", "enable", "-path=pki-test", "pki", env=environment)
            yield environment
        finally:
            server.terminate()
            server.wait()


def _run(*command: str, **keywords: Any) -> bytes:  # noqa: ANN401  # those of subprocess
    output: bytes = subprocess.run(command, check=True, stdout=subprocess.PIPE, **keywords).stdout
    return output


def _by_openbao() -> Iterator[tuple[str, bytes]]:
    with _openbao() as environment:
        for name, words in _OPENBAO.items():
            # Warnings go to stderr, which some people put into the file as well.
            stderr = subprocess.STDOUT if "warnings" in name else subprocess.DEVNULL
            yield name, _run("bao", "write", *words, _COMMON_NAME, env=environment, stderr=stderr)


def _by_openssl() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        folder.joinpath("config").write_text(_CONFIG)
        folder.joinpath("index").touch()
        for command in _PREPARATION:
            _run("openssl", *command, cwd=folder)
        for name, words in _OPENSSL.items():
            yield name, _run("openssl", *words, cwd=folder)


def _keys() -> Iterator[tuple[str, bytes]]:
    """Yield one key in each wrapping that there is."""
    curve, rsa_key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    secret = BestAvailableEncryption(b"test")
    wrappings = (
        ("pkcs8", curve, PrivateFormat.PKCS8, NoEncryption()),
        ("pkcs8-rsa", rsa_key, PrivateFormat.PKCS8, NoEncryption()),
        ("pkcs8-ed25519", ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8, NoEncryption()),
        ("pkcs8-encrypted", curve, PrivateFormat.PKCS8, secret),
        ("sec1", curve, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        ("pkcs1", rsa_key, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    )
    for name, key, form, encryption in wrappings:
        yield f"key-{name}.pem", key.private_bytes(Encoding.PEM, form, encryption)
        yield f"key-{name}.der", key.private_bytes(Encoding.DER, form, encryption)
    yield "key-sec1-encrypted.pem", curve.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, secret)
    yield "key-openssh.pem", curve.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    yield "key-pkcs12.der", pkcs12.serialize_key_and_certificates(b"test", curve, None, None, secret)


def main() -> None:
    """Write every file but expected.toml."""
    for name, content in chain(_by_openbao(), _by_openssl(), _keys()):
        FOLDER.joinpath(name).write_bytes(content)
    for name, content in derived().items():
        FOLDER.joinpath(name).write_bytes(content)


if __name__ == "__main__":
    main()
