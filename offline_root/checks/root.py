"""What only a root certificate must be: the end of every chain (BR 7.1.2.1; RFC 5280 4.2)."""

from collections.abc import Iterator
from datetime import timedelta

from offline_root import certificate as ca
from offline_root.checks.case import CertificateCase
from offline_root.findings import Detail, informs, refuses, warns

_LEAST, _MOST = 2922, 9132
_SECOND = timedelta(seconds=1)


@warns(
    "root.lifetime",
    "A root is valid for 8 to 25 years",
    "BR 7.1.2.1.1",
    'Write root.validity = "20y" into the policy. A short one means distributing a new root soon, a long one ages.',
)
def lifetime(case: CertificateCase) -> Iterator[Detail]:
    """Warn of a root that has to be replaced soon, or whose key and algorithm have to last too long."""
    begin, end = case.certificate.not_before.moment, case.certificate.not_after.moment
    if begin and end and not timedelta(_LEAST) <= end - begin + _SECOND <= timedelta(_MOST):
        yield "notAfter", f"It is valid for {(end - begin + _SECOND).days} days; {_LEAST} to {_MOST} are usual."


@informs(
    "root.path-length",
    "A root needs no path length",
    "RFC 5280 6.1.4; BR 7.1.2.1.4",
    "Nothing to do, if it leaves room for the CAs below. Validators may ignore it in a root.",
)
def path_length(case: CertificateCase) -> Iterator[Detail]:
    """Say how far a root's own path length reaches."""
    found = case.certificate.basic_constraints
    if found is not None and found[1] is not None:
        yield "basicConstraints", f"The root says path length {found[1]}."


@refuses(
    "root.extended-key-usage",
    "A root is for no single purpose",
    "BR 7.1.2.1.2",
    "Have the root made without extKeyUsage; the CAs below it carry theirs.",
    recommended=True,
)
def extended_key_usage(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a root with purposes: some validators apply them to all below, others do not."""
    if case.certificate.purposes is not None:
        yield "extKeyUsage", "The root has extKeyUsage."


@warns(
    "root.extensions",
    "A root has neither policies nor name constraints nor a place where its CRL is",
    "BR 7.1.2.1.2, 7.1.2.11.2; RFC 5280 6.1.1 (d)",
    "Have the root made without them: validators start below the root, and most ignore what it says.",
)
def extensions(case: CertificateCase) -> Iterator[Detail]:
    """Warn of limits that do not hold: a trust anchor is a name and a key to most programs."""
    for oid, name in (
        (ca.POLICIES, "certificatePolicies"),
        (ca.NAME_CONSTRAINTS, "nameConstraints"),
        (ca.CRL_POINTS, "cRLDistributionPoints"),
    ):
        if case.certificate.critical(oid) is not None:
            yield name, f"The root has {name}."


CHECKS = (lifetime, path_length, extended_key_usage, extensions)
