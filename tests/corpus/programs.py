"""What real programs write. Anew: `python -m tests.corpus.programs`, then `python -m tests.corpus.make`.

OpenBao (a development server on the loopback), OpenSSL, GnuTLS, NSS, Java, and cryptography for the wrappings of keys.
cfssl's request is made once, with the version of Debian: see README.md in the folder. All keys are thrown away, but for
those in the files: they are test data and protect nothing.
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

from tests.corpus.build import Vector
from tests.corpus.folder import ELSEWHERE, FOLDER, path_of

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


_KEYS = {
    "key-pkcs8.pem": "a private key: PKCS#8",
    "key-pkcs8.der": "a private key: PKCS#8 in DER",
    "key-pkcs8-rsa.pem": "a private key: PKCS#8, RSA",
    "key-pkcs8-rsa.der": "a private key: PKCS#8 in DER, RSA",
    "key-pkcs8-ed25519.pem": "a private key: PKCS#8, Ed25519",
    "key-pkcs8-ed25519.der": "a private key: PKCS#8 in DER, Ed25519",
    "key-pkcs8-encrypted.pem": "a private key: PKCS#8, encrypted",
    "key-pkcs8-encrypted.der": "a private key: PKCS#8 in DER, encrypted",
    "key-sec1.pem": "a private key: SEC 1",
    "key-sec1.der": "a private key: SEC 1 in DER",
    "key-pkcs1.pem": "a private key: PKCS#1",
    "key-pkcs1.der": "a private key: PKCS#1 in DER",
    "key-sec1-encrypted.pem": "a private key: SEC 1, encrypted",
    "key-openssh.pem": "a private key of OpenSSH",
    "key-pkcs12.der": "a private key: PKCS#12",
}

_SUBJECT = "CN=PrivSec Intermediate CA (test),O=PrivSec,C=CH"
_TEMPLATE = """
organization = PrivSec
country = CH
cn = PrivSec Intermediate CA (test)
ca
path_len = 0
cert_signing_key
crl_signing_key
"""

# file name: the command of another program
_OTHERS = {
    "certtool-ec.pem": ("certtool", "--generate-request", "--load-privkey", "ec.key", "--template", "template"),
    "certtool-rsa.pem": ("certtool", "--generate-request", "--load-privkey", "rsa.key", "--template", "template"),
    "certutil.der": (
        "certutil",
        "-R",
        "-d",
        "sql:.",
        "-s",
        _SUBJECT,
        "-k",
        "rsa",
        "-g",
        "4096",
        "-Z",
        "SHA256",
        "-z",
        "noise",
    ),
    "certutil-ec.pem": (
        "certutil",
        "-R",
        "-d",
        "sql:.",
        "-s",
        _SUBJECT,
        "-k",
        "ec",
        "-q",
        "secp384r1",
        "-a",
        "-z",
        "noise",
    ),
    "keytool.pem": ("keytool", "-certreq", "-alias", "ca", "-keystore", "store", "-storepass", "password"),
}


# Not made again: Debian's cfssl is installed nowhere here.
_CFSSL = {
    "cfssl.csr": "cfssl genkey: its request, as cfssljson -bare takes it out",
    "cfssl-with-key.json": "cfssl genkey: its answer as it is, with the private key",
}

WHY = "What online CAs and their tools really write. A request of these that is good must be read and signed."


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


def _by_others() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        folder.joinpath("template").write_text(_TEMPLATE)
        folder.joinpath("noise").write_bytes(os.urandom(2048))
        _run("openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "ec.key", cwd=folder)
        _run("openssl", "genrsa", "-out", "rsa.key", "4096", cwd=folder)
        _run("certutil", "-N", "-d", "sql:.", "--empty-password", cwd=folder)
        store = ("-alias", "ca", "-keystore", "store", "-storepass", "password", "-dname", _SUBJECT)
        _run("keytool", "-genkeypair", "-keyalg", "EC", "-groupname", "secp384r1", *store, cwd=folder)
        for name, command in _OTHERS.items():
            yield name, _run(*command, cwd=folder)


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


_NOT_GOOD = (
    "default",
    "ed25519",
    "exported",
    "bundle",
    "san",
    "rsa",
    "pss",
    "explicit",
    "extensions",
    "challenge",
    "certificate.",
    "certtool",
    "public-key",
    "crl",
    "pkcs7",
    "with-key",
)


def _is_good(name: str) -> bool:
    """Say whether a program wrote a request that the policy of the corpus takes."""
    return not name.startswith("key-") and (not any(each in name for each in _NOT_GOOD))


def made() -> Iterator[Vector]:
    """Yield the files as they stand in the folder: each run of a program makes other ones."""
    for program, commands in (("bao write", _OPENBAO), ("openssl", _OPENSSL), ("", _OTHERS), ("", _KEYS), ("", _CFSSL)):
        for name, words in commands.items():
            what = words if isinstance(words, str) else " ".join((program, *words)).strip()
            yield Vector(name, f"good: {what}" if _is_good(name) else what, FOLDER.joinpath(name).read_bytes())


WHY_ELSEWHERE = (
    "Requests that went wrong in other projects: PyPI's cryptography-vectors has them, and they are not copied. No "
    "policy here knows their names, so each is refused; what matters is that nothing else goes unsaid."
)


def elsewhere() -> Iterator[Vector]:
    """Yield the requests of cryptography_vectors."""
    for path in sorted(path_of(f"{ELSEWHERE}x509/requests").iterdir()):
        what = f"cryptography's {path.stem.replace('_', ' ').replace('-', ' ')}, {path.suffix[1:]}"
        yield Vector(f"{ELSEWHERE}x509/requests/{path.name}", what, path.read_bytes())


def main() -> None:
    """Write every file that programs make."""
    for name, content in chain(_by_openbao(), _by_openssl(), _by_others(), _keys()):
        FOLDER.joinpath(name).write_bytes(content)


if __name__ == "__main__":
    main()
