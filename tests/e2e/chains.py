"""Does a leaf chain to the root? Asked of two verifiers that share no code with us or with each other."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError


def openssl(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run openssl."""
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, text=True)


def openssl_refuses(leaf: Path, intermediate: Path, root: Path) -> str:
    """Return what OpenSSL has against a chain under its strict rules, empty if nothing."""
    done = openssl("verify", "-x509_strict", "-CAfile", root, "-untrusted", intermediate, leaf)
    return "" if done.returncode == 0 else done.stderr


def cryptography_refuses(leaf: Path, intermediate: Path, root: Path, name: str) -> str:
    """Return what cryptography's verifier has against a chain for a TLS server called `name`, empty if nothing."""
    certificate, other, trusted = (
        x509.load_pem_x509_certificate(each.read_bytes()) for each in (leaf, intermediate, root)
    )
    builder = PolicyBuilder().store(Store([trusted])).time(datetime.now(UTC))
    try:
        builder.build_server_verifier(x509.DNSName(name)).verify(certificate, [other])
    except VerificationError as error:
        return str(error) or "refused"
    return ""
