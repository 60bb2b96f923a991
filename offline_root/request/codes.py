"""Everything that can be wrong with the file of a request, before any policy is asked. One code is one reason."""

from offline_root.findings import Severity, declare

_REFUSE, _WARN, _INFO = Severity.REFUSE, Severity.WARN, Severity.INFO

_ONE_REQUEST = "request file format 1: one request"
_TEXT = "RFC 7468 section 2"
_DER = "X.690 section 10"
_SEND_AGAIN = "Make the file anew on the online CA and copy it unchanged; do not edit it or send it by mail."
_NEW_REQUEST = "Let the online CA make a new request; this one cannot be mended by editing."

EMPTY = declare(
    "request.file.empty",
    _REFUSE,
    "The file is empty",
    rule=_ONE_REQUEST,
    mend="Write the request again, look into the file (`cat`), and unmount the stick before pulling it out.",
)
TOO_LARGE = declare(
    "request.file.too-large",
    _REFUSE,
    "The file is larger than 64 KiB",
    rule="request file format 1: at most 64 KiB",
    mend="Send the request alone. One with a 4096-bit key has 2 KiB.",
)
PRIVATE_KEY = declare(
    "request.file.private-key",
    _REFUSE,
    "THE FILE HOLDS A PRIVATE KEY",
    rule=f"{_ONE_REQUEST}, no private key",
    mend="THE KEY MUST BE CONSIDERED EXPOSED. Never use it again. Make a new key that does not leave the online CA"
    " (Vault, OpenBao: `intermediate/generate/internal`, never `generate/exported`), send its request alone, and"
    " destroy every copy of this file, the one on the stick too.",
)
ENCODING = declare(
    "request.file.encoding",
    _REFUSE,
    "The file is neither text nor DER",
    rule="RFC 3629, RFC 2781",
    mend="Save it as UTF-8, or as UTF-16 with a byte order mark as PowerShell does, or as DER; copy it in binary mode.",
)
FORM = declare(
    "request.file.form",
    _REFUSE,
    "No request in any known form",
    rule=_ONE_REQUEST,
    mend="Send the PEM file alone: `bao write -field=csr … > test.csr`, or `openssl req … -out test.csr`.",
)
NOT_A_REQUEST = declare(
    "request.file.not-a-request",
    _REFUSE,
    "The file holds something else than a request",
    rule="RFC 2986 section 4; RFC 7468 section 7",
    mend="Send the certificate request (CSR, PKCS#10) that the online CA made: the block CERTIFICATE REQUEST.",
)
TWO_REQUESTS = declare(
    "request.file.two-requests",
    _REFUSE,
    "The file holds more than one request",
    rule=_ONE_REQUEST,
    mend="Send one request a file, each once: nobody must guess which one is meant.",
)
OTHER_OBJECT = declare(
    "request.file.other-object",
    _REFUSE,
    "Something else stands beside the request",
    rule=_ONE_REQUEST,
    mend="Send the block CERTIFICATE REQUEST alone, without certificates, parameters or keys beside it.",
)
CUT_OFF = declare(
    "request.file.cut-off",
    _REFUSE,
    "The END line of the request is missing",
    rule=_TEXT,
    mend=f"The file is cut off or its END line was changed. {_SEND_AGAIN}",
)
BASE64 = declare(
    "request.file.base64", _REFUSE, "The base64 is damaged", rule="RFC 4648 sections 3 and 4", mend=_SEND_AGAIN
)
TRAILING = declare(
    "request.file.trailing-data",
    _REFUSE,
    "Something stands behind the request",
    rule=f"{_ONE_REQUEST}, followed by white space alone",
    mend="Remove everything behind the END line, NUL bytes and Ctrl-Z too, or write the request to a file again.",
)
TEXT_BEFORE = declare(
    "request.file.text-before",
    _INFO,
    "Text stands before the request; it was not read",
    rule="RFC 7468 section 2: explanatory text",
    mend="Nothing to do.",
)
UNPRINTABLE = declare(
    "request.file.text-unprintable",
    _REFUSE,
    "The text before the request has characters that cannot be shown",
    rule="request file format 1: printable lines before BEGIN",
    mend="Remove everything before the BEGIN line.",
)
JSON = declare(
    "request.file.json",
    _REFUSE,
    "The JSON is malformed",
    rule="RFC 8259; unique names: RFC 7493 section 2.3",
    mend="Write it again with `bao write -format=json … > test.json`, unchanged; or send the PEM alone (`-field=csr`).",
)
YAML = declare(
    "request.file.yaml",
    _REFUSE,
    "The YAML is malformed, or has anchors, aliases, tags or doubled keys",
    rule="YAML 1.1; request file format 1: plain mappings, lists and strings",
    mend="Write it again with `bao write -format=yaml … > test.yaml`, unchanged; or send the PEM alone (`-field=csr`).",
)
NO_CSR = declare(
    "request.file.no-csr",
    _REFUSE,
    "No field `csr` with a request",
    rule="the answer of Vault and OpenBao to intermediate/generate: data.csr",
    mend="Send the answer to `intermediate/generate/internal`, whole, or the PEM alone. This may be an error message.",
)
NOT_DER = declare(
    "request.der.not-der", _REFUSE, "The request is not DER", rule=_DER, mend=f"{_SEND_AGAIN} DER, not BER."
)
DER_TRAILING = declare(
    "request.der.trailing-data",
    _REFUSE,
    "Bytes stand behind the request",
    rule=_DER,
    mend="Cut off what follows the request, also a line break at the end of a DER file, or export the request again.",
)
VERSION = declare(
    "request.der.version", _REFUSE, "The version is not v1 (0)", rule="RFC 2986 section 4.1", mend=_NEW_REQUEST
)
MALFORMED = declare(
    "request.der.malformed",
    _REFUSE,
    "A field of the request cannot be decoded",
    rule="RFC 2986 section 4; RFC 5280 appendix A",
    mend=f"The file is damaged, or the program that made it has a fault. {_NEW_REQUEST}",
)
UNSUPPORTED = declare(
    "request.der.unsupported",
    _REFUSE,
    "An algorithm or a form of name that this program does not know",
    rule="RFC 5480, RFC 8017, RFC 8410",
    mend="Let the online CA make a new request with an RSA, ECDSA or Ed25519 key and SHA-256, SHA-384 or SHA-512.",
)
PARSERS = declare(
    "request.parsers-disagree",
    _REFUSE,
    "Two independent parsers must read the same request",
    rule="X.690 section 10; RFC 2986 section 4",
    mend="Let the online CA make a new request with plain text in its subject, and keep this file. It was made, by a"
    " fault or on purpose, so that programs read different things in it.",
)
DUPLICATE_EXTENSION = declare(
    "request.der.duplicate-extension",
    _REFUSE,
    "An extension is requested twice",
    rule="RFC 5280 section 4.2",
    mend=_NEW_REQUEST,
)
TOO_MANY = declare(
    "request.der.too-many",
    _REFUSE,
    "More than 32 attributes or 32 extensions",
    rule="request file format 1: no online CA asks for as many",
    mend="Let the online CA make a plain request: the policy of the root decides the extensions, not the request.",
)
DUPLICATE_ATTRIBUTE = declare(
    "request.attribute.duplicate",
    _REFUSE,
    "An attribute stands twice",
    rule="RFC 2986 section 4.1; X.501 section 8.2",
    mend=_NEW_REQUEST,
)
MULTI_VALUED = declare(
    "request.attribute.multi-valued",
    _REFUSE,
    "An attribute does not have exactly one value",
    rule="RFC 2985 section 5.4: SINGLE VALUE TRUE",
    mend=_NEW_REQUEST,
)
HIDDEN_EXTENSIONS = declare(
    "request.attribute.hidden-extensions",
    _REFUSE,
    "Extensions stand in an attribute that no program reads them from",
    rule="RFC 2985 section 5.4.2",
    mend=f"The requester asked for extensions in a way that nobody would see. {_NEW_REQUEST}",
)
CHALLENGE_PASSWORD = declare(
    "request.attribute.challenge-password",
    _WARN,
    "The request holds a challenge password, readable by everyone",
    rule="RFC 2985 section 5.4.1",
    mend="It is not used here. Where it is used, change it: it was seen. When openssl asks for one, leave it empty.",
)
DROPPED_ATTRIBUTE = declare(
    "request.attribute.dropped",
    _INFO,
    "Attributes of the request that are not used",
    rule="RFC 2986 section 4.1; request file format 1: extensionRequest alone is read",
    mend="Nothing to do.",
)
