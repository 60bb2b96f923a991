"""Every key of policy format 1, and what reads it. Defaults are in `offline_root.policy.model`."""

from offline_root.findings import Severity
from offline_root.keys import SIGNING, KeyKind
from offline_root.policy.hosts import dns, email, network, uri, url
from offline_root.policy.model import ANY, ATTRIBUTES, FROM_POLICY, FROM_REQUEST, LONGEST, WILDCARD
from offline_root.policy.table import Key, Keys
from offline_root.policy.values import (
    attribute,
    choice,
    country,
    duration,
    file_name,
    listing,
    mount,
    prose,
    shares,
    unless,
    whole,
)
from offline_root.profile import EXTENDED_KEY_USAGES


def _raw(value: object) -> object:
    return value


def _words(*words: str) -> dict[str, str]:
    return {word: word for word in words}


_ATTRIBUTES = {word: country if word == "country" else attribute(LONGEST[word]) for word in ATTRIBUTES}

FILE: Keys = {
    "format": Key(whole(1, 1), example=1),
    "root": Key(_raw),
    "ceremony": Key(_raw),
    "environments": Key(_raw),
    "severity": Key(_raw),
}

ROOT: Keys = {
    "common_name": Key(attribute(LONGEST["common_name"]), example="Example OFFLINE Root CA"),
    **{word: Key(reader) for word, reader in _ATTRIBUTES.items()},
    "key": Key(choice({kind.value: kind for kind in SIGNING})),
    "validity": Key(duration("1d", "100y")),
    "crl_validity": Key(duration("1h", "1y")),
    "crl_url": Key(url, example="http://pki.example.org/root-ca.crl"),
    "certificate_url": Key(url, example="http://pki.example.org/root-ca.der"),
    "path_length": Key(whole(0, 10)),
}

CEREMONY: Keys = {
    "witnesses": Key(whole(0, 20)),
    "interfaces": Key(listing(choice(_words("tui", "cli")))),
    "opening_head": Key(choice(_words("required", "optional"))),
    "activation": Key(choice(_words("pin", "shares"))),
    "shares": Key(shares),
    "backup": Key(shares),
    "pin_attempts": Key(whole(1, 10)),
    "idle_lock": Key(duration("10s", "1d")),
    "idle_logout": Key(duration("10s", "1d")),
    "backdate": Key(duration("1s", "1d")),
}

ENVIRONMENT: Keys = {
    "common_name": Key(attribute(LONGEST["common_name"], pattern=True), example="Example Intermediate CA (test)"),
    **{word: Key(unless(WILDCARD, WILDCARD, reader)) for word, reader in _ATTRIBUTES.items()},
    "subject": Key(choice(_words(FROM_POLICY, FROM_REQUEST))),
    "file_name": Key(file_name, example="test-ca"),
    "keys": Key(listing(choice({kind.value: kind for kind in KeyKind}))),
    "validity": Key(duration("1d", "100y")),
    "path_length": Key(whole(0, 10)),
    "strictness": Key(choice({each.value: each for each in (Severity.REFUSE, Severity.WARN)})),
    "extended_key_usage": Key(listing(choice(_words(*EXTENDED_KEY_USAGES)), may_be_empty=True)),
    "max_leaf_validity": Key(duration("1min", "10y")),
    "mount": Key(mount),
    "name_constraints": Key(_raw),
}

NAME_CONSTRAINTS: Keys = {
    "permitted_dns": Key(unless(ANY, None, listing(dns)), example=["test.example.org"]),
    "permitted_ip": Key(listing(network, may_be_empty=True)),
    "permitted_email": Key(listing(email)),
    "permitted_uri": Key(listing(uri)),
}

SEVERITY: Keys = {
    "severity": Key(choice({each.value: each for each in (Severity.WARN, Severity.INFO)}), example="warn"),
    "reason": Key(prose, example="why this is acceptable here"),
}

HOMES = {
    key: home
    for home, keys in (
        ("[environments.NAME.name_constraints]", NAME_CONSTRAINTS),
        ("[environments.NAME]", ENVIRONMENT),
        ("[ceremony]", CEREMONY),
        ("[root]", ROOT),
        ("nothing, as the first line", ("format",)),
    )
    for key in keys
}
"""For each key the table it belongs in; for one that several tables have, the first of them."""
