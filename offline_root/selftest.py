"""Known answers, computed anew at the start of every ceremony: whoever computes wrongly is not to sign.

The answers are those of the standards, not of this program; only the request was made for it. The token's part is the
signature that it is asked for when it opens: `Signer.prove`.
"""

import hashlib
from collections.abc import Callable
from functools import reduce

from offline_root.audit.merkle import Tree, leaf_hash
from offline_root.errors import CeremonyError
from offline_root.keys import signature_verifies
from offline_root.model import Der, SigningRequest
from offline_root.request.reader import read_request
from offline_root.shares import Share, combine

Answers = dict[str, tuple[Callable[[], object], object]]
"""What is tested: how the answer is computed, and what it must be."""

_CSR = b"""\
-----BEGIN CERTIFICATE REQUEST-----
MIHRMHkCAQAwFzEVMBMGA1UEAwwMS25vd24gYW5zd2VyMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE/XcbXEXsjKl92PlmEpE/MrQI29D2pai8qcSaImtVh59MwCjU
htswwpeM4/hXAK6ke/7uvwlnxDt1b/s98bqegaAAMAoGCCqGSM49BAMCA0gAMEUC
IH9hR4bQToMds5Ri4I87w4yQgL0MI0YkRa5615/2pZLaAiEAlseIJH3gHCoz8ZEU
Uh0x6Gj1gV+rw/Pdj7uPItE/P5g=
-----END CERTIFICATE REQUEST-----
"""
_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
_KEY = Der(
    bytes.fromhex(
        "3076301006072a8648ce3d020106052b8104002203620004"
        "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
    )
)
_SIGNATURE = bytes.fromhex(
    "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
    "02310099ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
)
_SHARES = (
    """enemy favorite academic acid cowboy phrase havoc level response walnut budget painting inside trash adjust froth
    kitchen learn tidy punish""",
    """enemy favorite academic always academic sniff script carpet romp kind promise scatter center unfair training
    emphasis evening belong fake enforce""",
)


def _parser() -> tuple[object, ...]:
    """Read a request, and one whose end is cut off."""
    whole, cut = read_request("", _CSR), read_request("", _CSR[:-40])
    return tuple(each.fingerprint if isinstance(each, SigningRequest) else None for each in (whole, cut))


def _hash() -> tuple[str, ...]:
    return tuple(hashlib.new(name, b"abc").hexdigest() for name in ("sha256", "sha384"))


def _log() -> str:
    leaves = (leaf_hash(bytes.fromhex(each)) for each in _LEAVES)
    return reduce(Tree.append, leaves, Tree()).root().hex()


def _signature() -> tuple[bool, ...]:
    """Verify a signature, over its message and over another one."""
    return tuple(signature_verifies(_KEY, _SIGNATURE, message) for message in (b"sample", b"simple"))


def _share_code() -> str:
    shares = tuple(Share(0, number, len(_SHARES), tuple(each.split())) for number, each in enumerate(_SHARES, start=1))
    return combine(shares, b"TREZOR").hex()


ANSWERS: Answers = {
    "parser": (_parser, ("c68b5c435b216e33cde168db627b903772d3d7fa3aafb95285638b6f0d6c259a", None)),
    # FIPS 180-4, NIST's examples.
    "hash": (
        _hash,
        (
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
    ),
    # RFC 6962 section 2.1, over the eight leaves that Certificate Transparency tests with.
    "log": (_log, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    # RFC 6979 A.2.6, SHA-384.
    "signature": (_signature, (True, False)),
    # SLIP-39, vector 43 (extendable, two of three).
    "share code": (_share_code, "48b1a4b80b8c209ad42c33672bdaa428"),
}


def self_test(answers: Answers = ANSWERS) -> tuple[str, ...]:
    """Compute every answer, and return the names of what was tested (CeremonyError where one is wrong)."""
    wrong = [name for name, (compute, expected) in answers.items() if not _right(compute, expected)]
    if wrong:
        raise CeremonyError(
            f"The self-test failed: {', '.join(wrong)}.",
            meaning="This machine or this copy of the program computes wrongly. Nothing was done.",
            mend="Switch the machine off. Verify the image on another one, try other memory or another machine.",
            retry=False,
        )
    return tuple(answers)


def _right(compute: Callable[[], object], expected: object) -> bool:
    try:
        return compute() == expected
    except ModuleNotFoundError as error:
        raise CeremonyError(
            f"A part of this program is not installed here: {error.name}.",
            meaning="What is here verifies and prepares; it holds no ceremony. Nothing was done.",
            mend="On the appliance, install all of it, in the folder of this program: pip install '.[appliance]'.",
            retry=True,
        ) from error
    except Exception:  # noqa: BLE001 (whatever goes wrong in it is what it looks for)
        return False
