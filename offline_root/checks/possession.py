"""Proof of possession: the request is signed by the key it asks a certificate for (RFC 2986 4.2)."""

from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm

from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare

_HASHES = ("sha256", "sha384", "sha512")


@check(
    declare(
        "request.signature.invalid",
        Severity.REFUSE,
        "The request's own signature must verify with the key in it",
        rule="RFC 2986 4.2",
        mend="Have the online CA make a new request, and copy its file without opening it in an editor.",
    )
)
def signature_invalid(case: Case) -> Iterator[Detail]:
    """Refuse a request that does not prove possession of its key, or that was changed after it was signed."""
    try:
        valid = case.csr.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        # A signature algorithm that does not fit the key, or that cryptography refuses to compute: no proof either way.
        valid = False
    if not valid:
        yield "signature", "The request's signature does not verify with the public key in the request."


@check(
    declare(
        "request.signature.hash",
        Severity.REFUSE,
        "The request must be signed with SHA-256, SHA-384, SHA-512 or Ed25519",
        rule="BR 7.1.3.2",
        mend="Make a new request with SHA-256 or better (OpenSSL: -sha256; Vault and OpenBao do so by themselves).",
    )
)
def signature_hash(case: Case) -> Iterator[Detail]:
    """Refuse a proof of possession that rests on a broken hash."""
    try:
        used = case.csr.signature_hash_algorithm
    except UnsupportedAlgorithm:
        yield "signature", "The request is signed with a hash that is not supported."
        return
    if used is not None and used.name not in _HASHES:
        yield "signature", f"The request is signed with {used.name}."


CHECKS = (signature_invalid, signature_hash)
