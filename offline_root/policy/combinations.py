"""What single values cannot show: values that do not go together. Each check sees the whole policy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from urllib.parse import urlsplit

from offline_root.findings import Code, Detail
from offline_root.lookalike import skeleton
from offline_root.policy import codes
from offline_root.policy.lines import dotted
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.policy.values import end

_OR_ALIKE = " or looks like it (case, spaces, O and 0, I, l and 1 do not count)"
_RESERVED = ("example", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class Combination:
    """A rule over several keys. `keys` are their last parts: where one is broken, the rule has nothing to go by."""

    code: Code
    keys: frozenset[str]
    check: Callable[[Policy], Iterable[Detail]]


def _rule(code: Code, *keys: str) -> Callable[[Callable[[Policy], Iterable[Detail]]], Combination]:
    return lambda check: Combination(code, frozenset(keys), check)


def _key(environment: EnvironmentPolicy, key: str) -> str:
    return dotted("environments", environment.name, key)


@_rule(codes.ROOT_PATH_LENGTH, "path_length")
def root_path_length(policy: Policy) -> Iterator[Detail]:
    """Refuse a root that allows no CA below it."""
    if policy.root.path_length == 0:
        yield "root.path_length", "is 0"


@_rule(codes.PATH_LENGTH, "path_length")
def path_length(policy: Policy) -> Iterator[Detail]:
    """Refuse an intermediate whose path length is not below the root's."""
    limit = policy.root.path_length
    for each in policy.environments:
        if limit and each.path_length >= limit:
            yield _key(each, "path_length"), f"is {each.path_length}; root.path_length is {limit}"


@_rule(codes.ROOT_URLS, "crl_url", "certificate_url")
def root_urls(policy: Policy) -> Iterator[Detail]:
    """Refuse one address for two things."""
    if policy.root.crl_url == policy.root.certificate_url:
        yield "root.certificate_url", "is the same as root.crl_url"


@_rule(codes.ROOT_CRL, "validity", "crl_validity")
def crl_validity(policy: Policy) -> Iterator[Detail]:
    """Refuse CRLs that outlive the root."""
    if end(policy.root.crl_validity) > end(policy.root.validity):
        yield "root.crl_validity", f"is {policy.root.crl_validity}; root.validity is {policy.root.validity}"


@_rule(codes.SHARES, "activation", "shares")
def shares(policy: Policy) -> Iterator[Detail]:
    """Refuse one of activation by shares and the number of shares without the other."""
    if policy.ceremony.activation == "shares" and policy.ceremony.shares is None:
        yield "ceremony.activation", 'is "shares", and there is no key shares that says how many'
    if policy.ceremony.activation != "shares" and policy.ceremony.shares is not None:
        yield "ceremony.shares", f'is given, and activation is "{policy.ceremony.activation}"'


@_rule(codes.IDLE, "idle_lock", "idle_logout")
def idle(policy: Policy) -> Iterator[Detail]:
    """Refuse a lock that would come after the token is closed."""
    if end(policy.ceremony.idle_lock) >= end(policy.ceremony.idle_logout):
        yield "ceremony.idle_lock", f"is {policy.ceremony.idle_lock}; idle_logout is {policy.ceremony.idle_logout}"


@_rule(codes.OUTLIVES, "validity")
def outlives(policy: Policy) -> Iterator[Detail]:
    """Refuse an intermediate that would outlive the root even if made at once: the root is always older."""
    for each in policy.environments:
        if end(each.validity) >= end(policy.root.validity):
            yield _key(each, "validity"), f"is {each.validity}; root.validity is {policy.root.validity}"


@_rule(codes.LEAF, "validity", "max_leaf_validity")
def leaf(policy: Policy) -> Iterator[Detail]:
    """Refuse leaf certificates for which the intermediate is never young enough."""
    for each in policy.environments:
        if end(each.max_leaf_validity) >= end(each.validity):
            yield _key(each, "max_leaf_validity"), f"is {each.max_leaf_validity}; validity is {each.validity}"


@_rule(codes.ROOT_NAME, "common_name")
def root_name(policy: Policy) -> Iterator[Detail]:
    """Refuse a pattern that fits the root's own name."""
    for each in policy.environments:
        if _alike(each.common_name, policy.root.common_name):
            yield _key(each, "common_name"), f"is '{each.common_name}', which fits root.common_name{_OR_ALIKE}"


@_rule(codes.SAME_NAME, "common_name")
def same_name(policy: Policy) -> Iterator[Detail]:
    """Refuse two environments whose patterns fit the same name."""
    for one, other in combinations(policy.environments, 2):
        if _alike(one.common_name, other.common_name):
            clash = f"'{one.common_name}' of {_key(one, 'common_name')}{_OR_ALIKE}"
            yield _key(other, "common_name"), f"is '{other.common_name}'; a name can fit it and {clash}"


@_rule(codes.SAME_FILE, "file_name")
def same_file(policy: Policy) -> Iterator[Detail]:
    """Refuse two environments with one file name."""
    for one, other in combinations(policy.environments, 2):
        if one.file_name == other.file_name:
            yield _key(other, "file_name"), f"is '{other.file_name}', as {_key(one, 'file_name')} is"


@_rule(codes.SAME_MOUNT, "mount")
def same_mount(policy: Policy) -> Iterator[Detail]:
    """Refuse two environments with one mount."""
    for one, other in combinations(policy.environments, 2):
        if one.mount and one.mount == other.mount:
            yield _key(other, "mount"), f"is '{other.mount}', as {_key(one, 'mount')} is"


@_rule(codes.PLACEHOLDER, "crl_url", "certificate_url", "permitted_dns")
def placeholder(policy: Policy) -> Iterator[Detail]:
    """Note the domains reserved for examples."""
    for key, url in (("crl_url", policy.root.crl_url), ("certificate_url", policy.root.certificate_url)):
        if _is_reserved(urlsplit(url).hostname or ""):
            yield f"root.{key}", f"is still '{url}'"
    for each in policy.environments:
        for domain in filter(_is_reserved, each.name_constraints.permitted_dns or ()):
            yield dotted("environments", each.name, "name_constraints", "permitted_dns"), f"still has '{domain}'"


def _is_reserved(domain: str) -> bool:
    return any(domain == each or domain.endswith("." + each) for each in _RESERVED)


def _alike(one: str, other: str) -> bool:
    """Say whether two patterns take names that people could not tell apart."""
    return overlap(skeleton(one), skeleton(other))


@cache
def overlap(one: str, other: str) -> bool:
    """Say whether some text fits both patterns, in which only `*` is special."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(other, one)
    return one[0] == other[0] and overlap(one[1:], other[1:])


COMBINATIONS = (
    root_path_length,
    path_length,
    root_urls,
    crl_validity,
    shares,
    idle,
    outlives,
    leaf,
    root_name,
    same_name,
    same_file,
    same_mount,
    placeholder,
)
"""All rules over several keys."""
