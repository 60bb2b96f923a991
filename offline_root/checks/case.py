"""What checks look at."""

from dataclasses import dataclass

from cryptography import x509

from offline_root.history import History
from offline_root.issue import Unsigned
from offline_root.model import Draft, SigningRequest
from offline_root.names import Subject, plan
from offline_root.policy.model import EnvironmentPolicy, Policy


@dataclass(frozen=True, slots=True)
class Case:
    """A request held against the policy of one environment."""

    request: SigningRequest
    policy: Policy
    environment: EnvironmentPolicy
    csr: x509.CertificateSigningRequest
    subject: Subject

    @classmethod
    def of(cls, request: SigningRequest, policy: Policy, environment: EnvironmentPolicy) -> "Case":
        """Return the case of a request that the reader accepted."""
        csr = x509.load_der_x509_csr(request.der)
        return cls(request, policy, environment, csr, plan(csr.subject, environment))


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A case together with the authority it would be signed by. `unsigned` is None where nothing could be built."""

    case: Case
    root: x509.Certificate
    history: History
    draft: Draft
    unsigned: Unsigned | None
