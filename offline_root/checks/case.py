"""What checks look at."""

import warnings
from dataclasses import dataclass

from cryptography import x509

from offline_root.certificate import Certificate
from offline_root.history import History
from offline_root.issue import Unsigned
from offline_root.model import Der, Draft, SigningRequest
from offline_root.names import Subject, plan
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.request.structure import Parts, take_apart


@dataclass(frozen=True, slots=True)
class Case:
    """A request held against the policy of one environment.

    `requested` is the subject asked for, `extensions` are all that are asked for (in the order of `request.requested`),
    `subject` is what the policy makes of the first.
    """

    request: SigningRequest
    policy: Policy
    environment: EnvironmentPolicy
    csr: x509.CertificateSigningRequest
    requested: x509.Name
    extensions: tuple[x509.Extension[x509.ExtensionType], ...]
    subject: Subject

    @classmethod
    def of(cls, request: SigningRequest, policy: Policy, environment: EnvironmentPolicy) -> "Case":
        """Return the case of a request that the reader accepted."""
        csr = x509.load_der_x509_csr(request.der)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cryptography warns of names that are too long, on stderr; a check refuses
            requested, extensions = csr.subject, _extensions(request.der)
        return cls(request, policy, environment, csr, requested, extensions, plan(requested, environment))


def _extensions(request: Der) -> tuple[x509.Extension[x509.ExtensionType], ...]:
    """Return the extensions in every attribute that asks for some: cryptography reads only the first of a request."""
    parts = take_apart(request)
    asking = parts.asking if isinstance(parts, Parts) else ()
    return tuple(each for one in asking for each in x509.load_der_x509_csr(one).extensions)


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A case together with the authority it would be signed by. `unsigned` is None where nothing could be built."""

    case: Case
    root: x509.Certificate
    history: History
    draft: Draft
    unsigned: Unsigned | None


@dataclass(frozen=True, slots=True)
class CertificateCase:
    """A certificate, and that of its issuer: its own where it is a root, None where nobody knows it."""

    certificate: Certificate
    issuer: Certificate | None
