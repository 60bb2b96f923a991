"""What programs of other people make of our certificates: six validators that share no code with us.

Every one of them gets the same files: a leaf, what stands between, and the root that it trusts. An empty text means
that it takes the chain, any other one is its reason.
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

PROGRAMS = Path(__file__).parent / "programs"
GUARD = 300.0


@dataclass(frozen=True)
class Chain:
    """Certificates in PEM, the leaf first, the root last; `key` is the leaf's, `client` what it is for."""

    files: tuple[Path, ...]
    key: Path
    client: bool = False

    @property
    def root(self) -> Path:
        """Return what is trusted."""
        return self.files[-1]

    @property
    def between(self) -> tuple[Path, ...]:
        """Return the intermediates."""
        return self.files[1:-1]


def _run(*arguments: str | Path, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [str(each) for each in arguments], input=given, capture_output=True, check=False, timeout=GUARD
    )


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    return "" if done.returncode == 0 else (done.stdout + done.stderr).decode(errors="replace") or "refused"


def openssl(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask OpenSSL, under its strict rules."""
    return [_openssl(each) for each in chains]


def _openssl(chain: Chain) -> str:
    between = [word for each in chain.between for word in ("-untrusted", each)]
    purpose = ("-purpose", "sslclient" if chain.client else "sslserver")
    return _reason(_run("openssl", "verify", "-x509_strict", *purpose, "-CAfile", chain.root, *between, chain.files[0]))


def gnutls(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask GnuTLS."""
    return [
        _reason(_run("certtool", "--verify", "--load-ca-certificate", each.root, given=_joined(each.files[:-1])))
        for each in chains
    ]


def _joined(files: Sequence[Path]) -> bytes:
    return b"".join(each.read_bytes() for each in files)


def nss(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask NSS, as Firefox does: through libpkix, with the root named as trusted."""
    database = f"sql:{folder}"
    assert _run("certutil", "-N", "-d", database, "--empty-password").returncode == 0
    return [_nss(database, each) for each in chains]


def _nss(database: str, chain: Chain) -> str:
    files = [word for each in chain.files[:-1] for word in ("-a", each)]
    usage = "0" if chain.client else "1"
    return _reason(_run("vfychain", "-pp", "-u", usage, "-d", database, *files, "-t", "-a", chain.root))


def java(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask the PKIX validator of Java."""
    return _said(_run("java", PROGRAMS / "Chains.java", *map(_listed, chains)), chains)


def node(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask a TLS client in Node that is shown the chain by a server. It does not compare the server's name."""
    return _said(_run("node", PROGRAMS / "chains.js", chains[0].key, *map(_listed, chains)), chains)


def _listed(chain: Chain) -> str:
    return ",".join(map(str, chain.files))


def _said(done: "subprocess.CompletedProcess[bytes]", chains: Sequence[Chain]) -> list[str]:
    said = done.stdout.decode().splitlines()
    assert len(said) == len(chains), done.stderr.decode()
    return ["" if each == "takes" else each for each in said]


def cryptography(folder: Path, chains: Sequence[Chain]) -> list[str]:
    """Ask cryptography's verifier, as a client would be asked: it then looks at every name."""
    return [_cryptography(each) for each in chains]


def _cryptography(chain: Chain) -> str:
    leaf, *between, root = (x509.load_pem_x509_certificate(each.read_bytes()) for each in chain.files)
    try:
        PolicyBuilder().store(Store([root])).time(datetime.now(UTC)).build_client_verifier().verify(leaf, between)
    except VerificationError as error:
        return str(error)
    return ""


Validator = Callable[[Path, Sequence[Chain]], list[str]]

VALIDATORS: Mapping[str, tuple[Validator, str]] = {
    "OpenSSL, strict": (openssl, "openssl"),
    "GnuTLS": (gnutls, "certtool"),
    "NSS": (nss, "vfychain"),
    "Java": (java, "java"),
    "Node": (node, "node"),
    "cryptography": (cryptography, "python3"),
}
"""Each validator by name, with the program that must be on the machine."""


def missing() -> tuple[str, ...]:
    """Return the validators that are not on this machine."""
    return tuple(name for name, (_, program) in VALIDATORS.items() if shutil.which(program) is None)
