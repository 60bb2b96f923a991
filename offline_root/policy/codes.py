"""What can be wrong with a policy file. Each mend says what to write instead; the message says where and why."""

from offline_root.findings import Severity, declare

_FORMAT = "policy format 1"

FILE_SIZE = declare(
    "policy.file.size",
    Severity.REFUSE,
    "A policy file has at most 64 KiB, and lines of at most 2000 characters",
    rule=_FORMAT,
    mend="Shorten the file; a list may go over many lines, one entry a line.",
)
FILE_ENCODING = declare(
    "policy.file.encoding",
    Severity.REFUSE,
    "A policy file is UTF-8 text without a byte order mark",
    rule="TOML 1.0",
    mend="Save the file again from a text editor as 'UTF-8' (not 'UTF-8 with BOM', not 'UTF-16').",
)
FILE_SYNTAX = declare(
    "policy.file.syntax",
    Severity.REFUSE,
    "A policy file is TOML",
    rule="TOML 1.0",
    mend='Correct that line: a table is written [root], a key key = "text" or key = 3 or key = ["a", "b"], each once.',
)
FORMAT = declare(
    "policy.format",
    Severity.REFUSE,
    "This appliance reads policy format 1",
    rule=_FORMAT,
    mend="Write format = 1 as the first line, or take the version of the appliance that the file was written for.",
)
KEY_UNKNOWN = declare(
    "policy.key.unknown",
    Severity.REFUSE,
    "Every key is one that the format has",
    rule=_FORMAT,
    mend="Write the key that the message names, or delete the line. `offline-root policy new` prints every key.",
)
KEY_MISSING = declare(
    "policy.key.missing",
    Severity.REFUSE,
    "Every key without a default is in the file",
    rule=_FORMAT,
    mend="Add the line that the message shows, with your own value.",
)
VALUE_TYPE = declare(
    "policy.value.type",
    Severity.REFUSE,
    "A value is of the type that its key wants",
    rule=_FORMAT,
    mend='Write a text in quotes ("text"), a number without (3), a list in brackets (["a", "b"]), a table as [name].',
)
VALUE_CHOICE = declare(
    "policy.value.choice",
    Severity.REFUSE,
    "A word is one of those that its key offers",
    rule=_FORMAT,
    mend="Write one of the words that the message lists.",
)
VALUE_RANGE = declare(
    "policy.value.range",
    Severity.REFUSE,
    "A number or duration is within sane limits",
    rule=_FORMAT,
    mend="Write a value between the limits that the message names.",
)
VALUE_DURATION = declare(
    "policy.value.duration",
    Severity.REFUSE,
    "A duration is a whole number and a unit",
    rule=_FORMAT,
    mend='Write a number and at once one of y, d, h, min, s, such as "20y", "180d", "12h", "5min", "30s".',
)
VALUE_TEXT = declare(
    "policy.value.text",
    Severity.REFUSE,
    "A text has the characters and the length that its field in a certificate allows",
    rule="RFC 5280 A.1",
    mend="Write ASCII letters, digits and signs, of the length that the message names, no space at either end.",
)
VALUE_EMPTY = declare(
    "policy.value.empty",
    Severity.REFUSE,
    "A list has an entry",
    rule=_FORMAT,
    mend='Write at least one entry between the brackets, or delete the line; permitted_dns = "any" is no constraint.',
)
VALUE_DUPLICATE = declare(
    "policy.value.duplicate",
    Severity.REFUSE,
    "A list names each entry once",
    rule=_FORMAT,
    mend="Delete the second one.",
)
VALUE_NAME = declare(
    "policy.value.name",
    Severity.REFUSE,
    "Names of environments and files are safe in paths and commands",
    rule=_FORMAT,
    mend="Write 1 to 31 lower-case letters, digits and hyphens, a letter first, such as test or test-ca.",
)
VALUE_URL = declare(
    "policy.value.url",
    Severity.REFUSE,
    "Addresses in certificates are plain http:// URLs",
    rule="RFC 5280 4.2.1.13, 4.2.2.1 and 8; BR 7.1.2.11.2",
    mend='Write such as "http://pki.example.org/root-ca.crl". Not https: checking that would take this very file.',
)
VALUE_SHARES = declare(
    "policy.value.shares",
    Severity.REFUSE,
    "Shares are 'm of n': m of the n custodians are needed",
    rule="SLIP-39",
    mend='Write such as shares = "3 of 5": at least 2 needed, at most 16 made, and not more needed than made.',
)
VALUE_MOUNT = declare(
    "policy.value.mount",
    Severity.REFUSE,
    "A mount is the path of the PKI engine in Vault or OpenBao",
    rule=_FORMAT,
    mend='Write it as `vault secrets list` shows it, without a slash at either end, such as "pki-test".',
)
CONSTRAINT_DNS = declare(
    "policy.name-constraints.dns",
    Severity.REFUSE,
    "A DNS constraint is a plain domain name; it covers that name and every name below it",
    rule="RFC 5280 4.2.1.10; RFC 9549",
    mend='Write such as "test.example.org": lower case, no leading dot, no *, no http://, no port.',
)
CONSTRAINT_IP = declare(
    "policy.name-constraints.ip",
    Severity.REFUSE,
    "An address constraint is a network with its prefix length",
    rule="RFC 5280 4.2.1.10; RFC 4632",
    mend='Write such as "10.0.0.0/8", "192.0.2.7/32" or "fd00::/8".',
)
CONSTRAINT_EMAIL = declare(
    "policy.name-constraints.email",
    Severity.REFUSE,
    "An e-mail constraint is a mailbox, a host, or a domain with a leading dot",
    rule="RFC 5280 4.2.1.10",
    mend='Write "ca@example.org" (one mailbox), "example.org" (that host) or ".example.org" (all hosts below it).',
)
CONSTRAINT_URI = declare(
    "policy.name-constraints.uri",
    Severity.REFUSE,
    "A URI constraint is a host with its full domain name, or a domain with a leading dot",
    rule="RFC 5280 4.2.1.10",
    mend='Write "www.example.org" (that host) or ".example.org" (all hosts below it); no http://, no path, no port.',
)
ROOT_PATH_LENGTH = declare(
    "policy.root.path-length",
    Severity.REFUSE,
    "The root can have intermediates below it",
    rule="RFC 5280 4.2.1.9",
    mend="Delete the line (best), or write 1 or more: with 0 every intermediate would be invalid.",
)
ROOT_URLS = declare(
    "policy.root.urls",
    Severity.REFUSE,
    "The CRL and the root certificate are at two addresses",
    rule="RFC 5280 4.2.1.13, 4.2.2.1",
    mend="Write the address of root-ca.crl as crl_url and that of root-ca.der as certificate_url.",
)
ROOT_CRL = declare(
    "policy.root.crl-validity",
    Severity.REFUSE,
    "A CRL is not valid longer than the root that signs it",
    rule="RFC 5280 5.1.2.5",
    mend='Write a shorter crl_validity, such as "180d".',
)
SHARES = declare(
    "policy.ceremony.shares",
    Severity.REFUSE,
    "Shares and activation by shares go together",
    rule=_FORMAT,
    mend='Write both activation = "shares" and shares = "3 of 5", or activation = "pin" and no shares.',
)
IDLE = declare(
    "policy.ceremony.idle",
    Severity.REFUSE,
    "The screen locks before the token closes",
    rule=_FORMAT,
    mend="Write an idle_lock that is shorter than idle_logout.",
)
OUTLIVES = declare(
    "policy.environment.outlives-root",
    Severity.REFUSE,
    "An intermediate ends before its root does",
    rule="RFC 5280 6.1.3",
    mend="Write a validity shorter than root.validity: the root is older when it signs, and must not end first.",
)
PATH_LENGTH = declare(
    "policy.environment.path-length",
    Severity.REFUSE,
    "The path length of an intermediate is below that of its root",
    rule="RFC 5280 4.2.1.9, 6.1.4",
    mend="Write path_length = 0 for an intermediate that signs no further CA, or delete root.path_length.",
)
LEAF = declare(
    "policy.environment.leaf",
    Severity.REFUSE,
    "A leaf certificate is shorter-lived than its intermediate",
    rule="RFC 5280 6.1.3",
    mend='Write a shorter max_leaf_validity, such as "90d": it says when the online CA must have a new intermediate.',
)
ROOT_NAME = declare(
    "policy.environment.root-name",
    Severity.REFUSE,
    "No intermediate can have the name of the root",
    rule="RFC 5280 4.1.2.6",
    mend='Write a common_name that the root\'s does not match, such as "PrivSec Intermediate CA (test)".',
)
SAME_NAME = declare(
    "policy.environment.same-name",
    Severity.REFUSE,
    "No name fits two environments",
    rule="RFC 5280 4.1.2.6",
    mend='Write the environment into common_name, such as "PrivSec Intermediate CA (test)".',
)
SAME_FILE = declare(
    "policy.environment.same-file",
    Severity.REFUSE,
    "Each environment has its own file_name",
    rule=_FORMAT,
    mend='Write the environment into file_name, such as "test-ca" and "prod-ca".',
)
SAME_MOUNT = declare(
    "policy.environment.same-mount",
    Severity.REFUSE,
    "Each environment has its own mount",
    rule=_FORMAT,
    mend='Write the environment into mount, such as "pki-test" and "pki-prod".',
)
SEVERITY_UNKNOWN = declare(
    "policy.severity.unknown",
    Severity.REFUSE,
    "[severity] names checks that exist",
    rule=_FORMAT,
    mend='Write the code in quotes: "request.key.rsa-exponent" = { severity = "warn", reason = "why" }',
)
SEVERITY_REQUIRED = declare(
    "policy.severity.required",
    Severity.REFUSE,
    "A required check cannot be lowered",
    rule=_FORMAT,
    mend="Delete the line. `offline-root policy explain` says which checks are recommended only.",
)
SEVERITY_NOT_LOWER = declare(
    "policy.severity.not-lower",
    Severity.REFUSE,
    "[severity] lowers a check; it never raises one",
    rule=_FORMAT,
    mend='Write a lower severity ("warn" where the check refuses, "info" where it warns), or delete the line.',
)
PLACEHOLDER = declare(
    "policy.placeholder",
    Severity.INFO,
    "A name reserved for examples is still in the policy",
    rule="RFC 2606",
    mend="Write your own domain before `offline-root create`: what stands under [root] cannot be changed afterwards.",
)
