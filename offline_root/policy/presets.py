"""Commented policies to start from: `solo` for one person, `team` for a ceremony with a witness.

Every key of the format stands in the text with a sentence on what it does. Defaults are printed from the model.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from string import Template

from offline_root.display import visible
from offline_root.errors import PolicyError
from offline_root.findings import refusals
from offline_root.model import NAME
from offline_root.policy.model import ANY, CeremonyPolicy, EnvironmentPolicy, NameConstraints, RootPolicy
from offline_root.policy.reader import read_policy

Environments = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of environments, each with the DNS names it may issue for; none: a placeholder; `("any",)`: all."""

DEFAULT_ENVIRONMENTS: Environments = (("test", ()), ("prod", ()))

PRESETS: Mapping[str, Mapping[str, object]] = {
    "solo": {"witnesses": 0, "interfaces": ("tui", "cli"), "opening_head": "optional", "activation": "pin"},
    "team": {"witnesses": 1, "interfaces": ("tui",), "opening_head": "required", "activation": "pin"},
}
"""What the presets say about ceremonies; in everything else they are the same."""

_HEAD = """\
# What this offline root may sign, and how many people it takes.
#
# Started with `offline-root policy new --preset $preset`. Change what you like:
#   offline-root policy check FILE       says what is wrong, line by line
#   offline-root create --policy FILE    makes the root
#
# A line such as `#validity = ...`, with no space after the #, shows a default:
# take the # away to change it. What is written here is in force from `create`
# on. Nothing in [root] can be changed afterwards; the rest can, in a ceremony
# of its own: offline-root policy adopt FILE.
#
# Durations are a number and s, min, h, d or y, such as "90d"; a year is a
# calendar year.

format = 1
"""

_ROOT = """
# The root CA: the one certificate that all your machines will trust. It signs
# one intermediate CA for each environment, and the list of those that were
# taken back (CRL).
[root]
# The name of the root, as people will see it. At most 64 characters.
common_name = $common_name
# Whose it is. Intermediates get the same, unless their table says otherwise.
organization = $organization
# More about the owner. Not set; for example
#   country = "CH"     state = "Bern"     locality = "Thun"
#   organizational_unit = "IT"
# The kind of key. ec-p384 works with everything current, rsa-4096 with old
# machines too. Also: ec-p256 ec-p521 rsa-3072 ed25519.
#key = $key
# How long the root lives. All intermediates must end before it does.
#validity = $validity
# How long a CRL is good. The next must be signed and published before that.
#crl_validity = $crl_validity
# EDIT: where you will publish root-ca.crl and root-ca.der from the responses.
# These addresses go into every intermediate. Any web server will do; http, not
# https, because the files are signed themselves.
crl_url = "http://pki.example.org/root-ca.crl"
certificate_url = "http://pki.example.org/root-ca.der"
# How many CAs may follow each other below the root. Not set, which is usual:
# each intermediate has a limit of its own. For example
#   path_length = 1
"""

_CEREMONY = """
# A ceremony is what happens each time the root's key is used.
[ceremony]
# How many people besides the operator must be there, confirm and sign the
# report. 0: one person alone; then nothing asks for a second, and the report
# says so.
witnesses = $witnesses
# "tui": the full-screen ceremony, where people compare and confirm on screen.
# Adding "cli" allows the same from the command line, and so from scripts: what
# was typed with the command is then the confirmation, and the log says so.
interfaces = $interfaces
# At the end of a ceremony two numbers on paper say how far the audit log has
# got (the closing sheet). "required": they are asked for at the next opening,
# which shows whether someone put an older disk back. "optional": asked for, and
# may be skipped.
opening_head = $opening_head
# What opens the token that holds the key. "pin": a PIN that someone knows.
# "shares": a secret in parts, held by several people, of whom some must come:
#   activation = "shares"
#   shares = "3 of 5"
activation = $activation
# Without this the key can never leave its token, and is lost with it. With it,
# `offline-root backup` makes a copy that opens only with cards of several
# people. It must stand here before the authority is made.
#   backup = "2 of 3"
# How many wrong PINs end a ceremony; the next one then needs a witness.
#pin_attempts = $pin_attempts
# After this time without a key pressed, the screen hides what it shows; a
# short code that the operator chose brings it back.
#idle_lock = $idle_lock
# After this time without a key pressed, the token is closed.
#idle_logout = $idle_logout
# Certificates begin this much before now, for machines whose clocks are slow.
#backdate = $backdate
"""

_ENVIRONMENT = """
# The intermediate CA of $environment.
# Your online CA (Vault, OpenBao or another) has its key and makes the request;
# the root signs it if it is as it stands here.
[environments.$header]
# The name the request must have. A * stands for anything, as in "... CA G*".
common_name = $common_name
# The rest of the name is that of the root. To have it otherwise, write any of
# country, state, locality, organization, organizational_unit here; the value
# "*" lets the request say what it likes, or nothing.
# "from-policy": the name is built from this file. "from-request": the name in
# the request is kept byte for byte, which some CAs insist on.
#subject = $subject
# How the names of the files that go back begin, as in
#   $file.pem  $file-chain.pem
file_name = $file_name
# Kinds of keys the request may have. Also: rsa-2048 rsa-3072 ec-p521 ed25519.
#keys = $keys
# How long the intermediate lives.
#validity = $validity
# How many CAs may follow below it. 0: it signs certificates for servers, people
# and programs, and no CA.
#path_length = $path_length
# Checks that are good practice but no law: "refuse", or "warn", where people
# may accept the finding in the ceremony.
#strictness = $strictness
# What its certificates can be used for. [] leaves it open; "serverAuth" and
# "clientAuth" are for TLS. Also: codeSigning emailProtection timeStamping
# OCSPSigning.
#extended_key_usage = $extended_key_usage
# The longest life of a certificate from the online CA. That long before its
# own end, the intermediate must be replaced: reminders count from here.
#max_leaf_validity = $max_leaf_validity
# The mount of the PKI engine in Vault or OpenBao, for the commands that come
# with the response. Leave it out with another online CA.
mount = $mount

# Names that certificates of this intermediate may hold. Whoever breaks into the
# online CA cannot make certificates for anything else that would be accepted.
[environments.$header.name_constraints]
# $edit, in lower case.
# Each covers itself and all names below it. "any", without brackets: no limit.
permitted_dns = $permitted_dns
# Addresses, such as ["10.0.0.0/8", "fd00::/8"]. []: none at all.
#permitted_ip = $permitted_ip
# E-mail addresses, and hosts in URIs. Not set, which is no limit; for example
#   permitted_email = ["example.org"]
#   permitted_uri = [".example.org"]
"""

_SEVERITY = """
# Good practice that you cannot follow for now: lower the check, and say why.
# The reason is in every report. Codes: offline-root policy explain.
#   [severity]
#   "request.key.rsa-exponent" = { severity = "warn", reason = "Old devices." }
"""


def preset_text(preset: str, name: str, environments: Environments = DEFAULT_ENVIRONMENTS) -> str:
    """Return a policy to start from.

    `preset` is a key of PRESETS (KeyError), `name` what the organisation is called. The text reads without a refusing
    finding; raises PolicyError where these names cannot make such a policy.
    """
    root = {"common_name": f"{name} OFFLINE Root CA", "organization": name}
    text = (
        _filled(_HEAD, {}, {"preset": preset})
        + _filled(_ROOT, {**_defaults(RootPolicy), **root})
        + _filled(_CEREMONY, {**_defaults(CeremonyPolicy), **PRESETS[preset]})
        + "".join(_environment(name, environment, dns) for environment, dns in environments)
        + _SEVERITY
    )
    refused = refusals(read_policy(text, known=()).findings)
    if refused:
        raise PolicyError(
            "no policy can be made of these names: " + "; ".join(finding.message for finding in refused),
            meaning="Nothing was written.",
            mend=refused[0].mend,
            retry=False,
        )
    return text


def _environment(name: str, environment: str, dns: tuple[str, ...]) -> str:
    values = {
        "common_name": f"{name} Intermediate CA ({environment})",
        "file_name": f"{environment}-ca",
        "mount": f"pki-{environment}",
        "permitted_dns": ANY if dns == (ANY,) else dns or (f"{environment}.example.org",),
    }
    words = {
        "environment": visible(environment),
        "header": environment if NAME.fullmatch(environment) else json.dumps(environment),
        "file": visible(f"{environment}-ca"),
        "edit": "DNS names" if dns else "EDIT: the DNS names of your own",
    }
    defaults = _defaults(EnvironmentPolicy) | _defaults(NameConstraints)
    return _filled(_ENVIRONMENT, defaults | values, words)


def _defaults(model: type[RootPolicy | CeremonyPolicy | EnvironmentPolicy | NameConstraints]) -> dict[str, object]:
    return {field.name: field.default for field in fields(model) if field.default is not MISSING}


def _filled(template: str, values: Mapping[str, object], words: Mapping[str, str] | None = None) -> str:
    """Return the text with each `$key` replaced: values as TOML writes them (as JSON does), `words` as they are."""
    written = {key: json.dumps(value, default=_word) for key, value in values.items()}
    return Template(template).substitute(written, **(words or {}))


def _word(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)
