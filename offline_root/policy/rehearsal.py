"""The one declared overlay that makes a policy a rehearsal's: same rules, worthless certificates."""

from dataclasses import replace

from offline_root.moments import Duration
from offline_root.policy.model import LONGEST, EnvironmentPolicy, Policy, RootPolicy

PREFIX = "REHEARSAL "
ROOT_VALIDITY = Duration(7, "d")
INTERMEDIATE_VALIDITY = Duration(6, "d")
LEAF_VALIDITY = Duration(1, "d")
_URL = "http://rehearsal.invalid/"


def rehearsed(policy: Policy) -> Policy:
    """Return the policy of a rehearsal.

    Marked names, a week's validity at most, addresses that lead nowhere (RFC 2606 2).
    """
    return replace(
        policy,
        root=_root(policy.root),
        environments=tuple(_environment(each) for each in policy.environments),
    )


def _marked(common_name: str) -> str:
    # Of a long name the end stays: that is where the names of one organisation differ.
    return PREFIX + common_name[-(LONGEST["common_name"] - len(PREFIX)) :]


def _root(root: RootPolicy) -> RootPolicy:
    return replace(
        root,
        common_name=_marked(root.common_name),
        validity=ROOT_VALIDITY,
        crl_validity=INTERMEDIATE_VALIDITY,
        crl_url=_URL + "root-ca.crl",
        certificate_url=_URL + "root-ca.der",
    )


def _environment(environment: EnvironmentPolicy) -> EnvironmentPolicy:
    return replace(
        environment,
        common_name=_marked(environment.common_name),
        validity=INTERMEDIATE_VALIDITY,
        max_leaf_validity=LEAF_VALIDITY,
    )
