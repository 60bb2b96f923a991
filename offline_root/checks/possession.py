"""Proof of possession: the request is signed by the key it asks a certificate for (RFC 2986 4.2)."""

from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm

from offline_root import der
from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare

# The AlgorithmIdentifiers of BR 7.1.3.2 and RFC 8410, as encoded: a PSS signature with its mask from SHA-1, or with a
# salt of nothing, has the same object identifier as a good one.
_RSA = tuple(bytes.fromhex(f"300d06092a864886f70d0101{each}0500") for each in ("0b", "0c", "0d"))
_ECDSA = tuple(bytes.fromhex(f"300a06082a8648ce3d0403{each}") for each in ("02", "03", "04"))
_PSS = tuple(
    bytes.fromhex(
        f"304106092a864886f70d01010a3034a00f300d06096086480165030402{hash_}0500"
        f"a11c301a06092a864886f70d010108300d06096086480165030402{hash_}0500a2030201{salt}"
    )
    for hash_, salt in (("01", "20"), ("02", "30"), ("03", "40"))
)
_HASHES = ("sha256", "sha384", "sha512")
_ALGORITHMS = (*_RSA, *_ECDSA, *_PSS, bytes.fromhex("300506032b6570"))


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
        mend="Make a new request with SHA-256 or better (OpenSSL: -sha256, for PSS -sigopt rsa_pss_saltlen:digest;"
        " Vault and OpenBao do so by themselves).",
    )
)
def signature_hash(case: Case) -> Iterator[Detail]:
    """Refuse a proof of possession that rests on a broken hash, or on parameters that nobody uses."""
    algorithm = der.element(case.request.der).children()[1].raw
    if algorithm not in _ALGORITHMS:
        try:
            used = case.csr.signature_hash_algorithm
        except UnsupportedAlgorithm:
            used = None
        name = used.name if used else "an algorithm that is not supported"
        form = f" in an unusual form (AlgorithmIdentifier {algorithm.hex()})" if name in _HASHES else ""
        yield "signature", f"The request is signed with {name}{form}."


CHECKS = (signature_invalid, signature_hash)
