"""The policy as frozen values. Every default of `policy.toml` is written here and nowhere else.

A field without a default must be in the file. The reader (`offline_root.policy.reader`) is the only maker.
"""

from dataclasses import dataclass

from offline_root.findings import Severity
from offline_root.keys import KeyKind
from offline_root.moments import Duration

ANY = "any"
WILDCARD = "*"
FROM_POLICY = "from-policy"
FROM_REQUEST = "from-request"

ATTRIBUTES = ("country", "state", "locality", "organization", "organizational_unit")
"""The subject attributes a policy can name besides `common_name`, in the order they are encoded (BR 7.1.4.2)."""


LONGEST = {
    "country": 2,
    "state": 128,
    "locality": 128,
    "organization": 64,
    "organizational_unit": 64,
    "common_name": 64,
}
"""The most octets, in UTF-8, that each attribute may have.

RFC 5280 A.1 counts characters; cryptography counts octets, and so do many readers of certificates.
"""


@dataclass(frozen=True, slots=True)
class RootPolicy:
    """`[root]`: fixed at create. `attributes` are (name, value) pairs out of ATTRIBUTES, in that order."""

    common_name: str
    attributes: tuple[tuple[str, str], ...]
    crl_url: str
    certificate_url: str
    key: KeyKind = KeyKind.EC_P384
    validity: Duration = Duration(20, "y")
    crl_validity: Duration = Duration(180, "d")
    path_length: int | None = None


@dataclass(frozen=True, slots=True)
class CeremonyPolicy:
    """`[ceremony]`: who has to be there, what is asked.

    `shares` is (needed, made), only with activation `shares`; `backup` too: shares of what wraps the root key's backup.
    """

    witnesses: int = 1
    interfaces: tuple[str, ...] = ("tui",)
    opening_head: str = "required"
    activation: str = "pin"
    shares: tuple[int, int] | None = None
    backup: tuple[int, int] | None = None
    pin_attempts: int = 3
    idle_lock: Duration = Duration(5, "min")
    idle_logout: Duration = Duration(30, "min")
    backdate: Duration = Duration(5, "min")


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """`[environments.E.name_constraints]` (RFC 5280 4.2.1.10).

    `permitted_dns` None: unconstrained, written as "any". An IP family without an entry is excluded whole.
    `permitted_email` and `permitted_uri` None: unconstrained.
    """

    permitted_dns: tuple[str, ...] | None
    permitted_ip: tuple[str, ...] = ()
    permitted_email: tuple[str, ...] | None = None
    permitted_uri: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentPolicy:
    """`[environments.E]`: the intermediate CA of one environment.

    `common_name` is exact or a pattern with `*`. `attributes` are (name, value) pairs, the root's own where the file
    has none; the value `*` matches anything, an absent attribute too.
    `subject`: `from-policy` builds the Name, `from-request` keeps the request's Name bytes.
    """

    name: str
    common_name: str
    attributes: tuple[tuple[str, str], ...]
    file_name: str
    name_constraints: NameConstraints
    subject: str = FROM_POLICY
    keys: tuple[KeyKind, ...] = (KeyKind.RSA_4096, KeyKind.EC_P256, KeyKind.EC_P384)
    validity: Duration = Duration(5, "y")
    path_length: int = 0
    strictness: Severity = Severity.REFUSE
    extended_key_usage: tuple[str, ...] = ()
    max_leaf_validity: Duration = Duration(90, "d")
    mount: str = ""


@dataclass(frozen=True, slots=True)
class Lowered:
    """One row of `[severity]`: a recommended check that this policy lowers, and why."""

    code: str
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy, with the text it was read from."""

    text: str
    root: RootPolicy
    ceremony: CeremonyPolicy
    environments: tuple[EnvironmentPolicy, ...]
    severity: tuple[Lowered, ...] = ()

    def environment(self, name: str) -> EnvironmentPolicy | None:
        """Return the environment called `name`, or None."""
        return next((each for each in self.environments if each.name == name), None)
