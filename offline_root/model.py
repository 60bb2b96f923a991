"""The stages of a signature, each a frozen value made only from the one before.

    SigningRequest -> Review -> Approval -> Issued

There is no way to sign without an approval, and no way to approve without a review.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType

from offline_root.findings import Finding

Der = NewType("Der", bytes)
"""A DER encoding."""
Serial = NewType("Serial", int)
"""A certificate serial number (RFC 5280 4.1.2.2)."""
Fingerprint = NewType("Fingerprint", str)
"""SHA-256 in lower-case hex."""
CrlNumber = NewType("CrlNumber", int)
"""A CRL number (RFC 5280 5.2.3)."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""Names of authorities, environments and files: they reach paths, shell commands and note origins."""

ROOT = ""
"""The environment of a root certificate."""

CRL_LABEL = "CRL-"
"""What the number of a CRL begins with where a serial could stand instead."""


def serial_text(serial: Serial) -> str:
    """Return a serial as upper-case hex of whole octets, the form OpenSSL prints."""
    text = f"{serial:X}"
    return text.zfill(len(text) + len(text) % 2)


@dataclass(frozen=True, slots=True)
class Requested:
    """One extension that a CSR asks for, as text for people. It is never copied."""

    oid: str
    name: str
    critical: bool
    value: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What lay beside a CSR as request.json: who asks for what. Nothing of it is trusted, all of it is foreign text.

    `csr_sha256` is of the CSR's DER, `key_sha256` of its SubjectPublicKeyInfo, `asked_at` is UTC text. `checkpoint` is
    the newest signed note of the authority's log that the requester has seen, whole, or empty.
    """

    environment: str
    csr_sha256: str
    key_sha256: str
    asked_by: str
    asked_at: str
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One CSR as read, once, from `file` (foreign text). `form` says in which wrapping it came."""

    file: str
    file_sha256: Fingerprint
    form: str
    der: Der
    subject: Der
    public_key: Der
    fingerprint: Fingerprint
    requested: tuple[Requested, ...]
    findings: tuple[Finding, ...]
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that did not give exactly one CSR, and why."""

    file: str
    file_sha256: Fingerprint | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The only part of a certificate that is not a function of request and policy: drawn once, then an input."""

    serial: Serial
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the review: what was requested, what the policy says, what will be issued."""

    label: str
    requested: str
    policy: str
    issued: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a new certificate changes."""

    label: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes since the newest certificate of an environment: `since` is its serial, None where there was none."""

    since: Serial | None
    time: str
    changes: tuple[Change, ...]

    @property
    def summary(self) -> str:
        """Return it in a sentence; the changes follow where there are some."""
        if self.since is None:
            return "None was issued before: this is the first intermediate of this environment."
        since = f"Since serial {serial_text(self.since)}, issued {self.time}"
        if not self.changes:
            return f"{since}: nothing changes but key, serial and dates."
        return f"{since}, besides key, serial and dates:"


@dataclass(frozen=True, slots=True)
class Review:
    """The exact TBSCertificate to be signed, and everything there is to say about it.

    `tbs` and `difference` are None where a refusal leaves nothing that could be built. `throwaway` is the same TBS
    signed by a throwaway key, to be read and linted; its signature differs each time, so it takes no part in
    comparisons.
    """

    request: SigningRequest
    environment: str
    draft: Draft
    tbs: Der | None
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    difference: Difference | None = None
    throwaway: Der | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """A review that people confirmed.

    `confirmation` are the hex digits typed from the paper slip, `acknowledged` the codes of the warnings accepted.
    """

    review: Review
    tbs: Der
    confirmation: str
    acknowledged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that the token signed, that was verified against the root, and that is durable in the log.

    `environment` is ROOT for a root certificate, `key` the fingerprint of the certified key, `request_sha256` of the
    CSR's DER, `time` UTC text. `file` is foreign text.
    """

    authority: str
    environment: str
    serial: Serial
    certificate: Der
    sha256: Fingerprint
    key: Fingerprint
    request_sha256: str
    file: str
    time: str

    @property
    def owner(self) -> str:
        """Return what the certificate is, for people."""
        return (
            f"the root of {self.authority}" if self.environment == ROOT else f"{self.environment} of {self.authority}"
        )


class Reason(Enum):
    """Why an intermediate is revoked, in the words of RFC 5280 5.3.1: those that fit a CA and are final."""

    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A serial that belongs on every CRL from `time` (UTC text) on."""

    serial: Serial
    reason: Reason
    time: str


@dataclass(frozen=True, slots=True)
class Crl:
    """A CRL that the token signed, that was verified against the root, and that is durable in the log.

    `entries` are the revocations on it. Times are UTC text.
    """

    number: CrlNumber
    this_update: str
    next_update: str
    der: Der
    sha256: Fingerprint
    entries: tuple[Revocation, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """A signature that was begun. `time` is UTC text, `request_sha256` of the CSR's DER.

    `crl` is the number of a CRL, None for a certificate; a CRL has no environment, serial, file or request.
    """

    environment: str
    serial: Serial
    tbs: Der
    file: str
    request_sha256: str
    policy_sha256: str
    time: str
    crl: CrlNumber | None = None

    @property
    def label(self) -> str:
        """Return what people call it by: the serial, or the CRL's number."""
        return serial_text(self.serial) if self.crl is None else f"{CRL_LABEL}{self.crl}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was not signed, and every reason why."""

    file: str
    environment: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Who is in the room, as stated."""

    operator: str
    witnesses: tuple[str, ...]
