"""A CRL that was found outside the log: only one that the root signed says anything."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import der
from offline_root.published import published
from tests.authorities import root
from tests.crls import REVOKED, Parts, entry, some_crl


def test_our_own_is_read_as_the_log_has_it_in_either_form() -> None:
    made = root()
    ours = some_crl(REVOKED)
    pem = x509.load_der_x509_crl(ours.der).public_bytes(Encoding.PEM)
    assert published(ours.der, made.certificate) == ours
    assert published(pem, made.certificate) == ours


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"rubbish",
        some_crl().der[:-1] + bytes([some_crl().der[-1] ^ 1]),
        Parts(extensions=b"").signed(root()),
        Parts(next_update=b"").signed(root()),
        Parts(revoked=der.sequence(entry(extensions=()))).signed(root()),
        Parts(revoked=der.sequence(entry(reason=6))).signed(root()),
    ],
    ids=["empty", "rubbish", "changed", "no-number", "no-end", "no-reason", "on-hold"],
)
def test_anything_else_says_nothing(data: bytes) -> None:
    assert published(data, root().certificate) is None
