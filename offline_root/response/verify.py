"""`offline-root verify`: is this folder a whole response of that authority? No token, no HOME, any machine.

Every file has one right content: what is signed is compared byte for byte with what this program itself would write.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, DuplicateExtension, InvalidVersion

from offline_root.anchor import Anchor, is_rehearsal
from offline_root.audit import chain
from offline_root.audit.entry import Entry
from offline_root.audit.fold import fold
from offline_root.audit.note import UntrustedNote, verify_note
from offline_root.audit.state import State
from offline_root.checks import CRL_CHECKS
from offline_root.checks.crl_case import CrlCase, read
from offline_root.crl import newest
from offline_root.errors import StationError
from offline_root.findings import Finding, refusals, run
from offline_root.issue import fields, load, spki_of
from offline_root.keys import fingerprint, signature_verifies
from offline_root.model import Crl, Der, Issued
from offline_root.response import codes, manifest
from offline_root.response.files import certificate_files, crl_files, pem

_BAD_CERTIFICATE = (ValueError, TypeError, InvalidVersion, DuplicateExtension, UnsupportedAlgorithm)
"""What the parsing of a foreign certificate is known to raise."""

_LOG = "audit/log.jsonl"
_CHECKPOINT = "audit/checkpoint"
_CHAIN = "-chain.pem"
_NEEDED = (
    "root-ca.pem",
    "root-ca.der",
    "root-ca.crl",
    "root-ca.crl.pem",
    "response.json",
    "report.txt",
    "NEXT-STEPS.txt",
    "VERIFY.txt",
    _LOG,
    _CHECKPOINT,
    manifest.SUMS,
    manifest.SIGNATURE,
    manifest.COMPLETE,
    manifest.CLOSING,
)


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome: all findings, and what the folder says of itself (believe it only when nothing refuses)."""

    findings: tuple[Finding, ...]
    origin: str = ""
    root_sha256: str = ""
    issued: tuple[Issued, ...] = ()
    log_size: int = 0
    crl: Crl | None = None


def verify_response(files: Mapping[str, bytes], anchor: Anchor | None, *, rehearsal: bool = False) -> Verified:
    """Check a folder's files against an anchor; without one, only against themselves, which proves no origin.

    `rehearsal` accepts a rehearsal's response, which is refused otherwise.
    """
    missing = tuple(codes.MISSING.finding(f"{name} is missing.", name) for name in _NEEDED if name not in files)
    if missing:
        return Verified(missing)
    told = _read_log(files[_LOG])
    if isinstance(told, Finding):
        return Verified((told, *(_against(anchor, files) if anchor else ())))
    state, crl, checked = told
    trusted = anchor.as_of(state) if anchor else Anchor.of(state)
    findings = (
        *(() if anchor else (codes.NO_ANCHOR.finding("SELF-CONSISTENT ONLY, origin not proven."),)),
        *_origin(state, trusted, rehearsal=rehearsal),
        *_seal(files, trusted),
        *_log(files, trusted, checked),
        *_root(files, trusted),
        *_certificates(files, state),
        *_crl(files, crl, load(state.root)),
    )
    issued = tuple(each for each in state.issued if pem(each.certificate) in files.values())
    return Verified(findings, trusted.verifier.name, trusted.root_sha256, issued, checked.size, crl)


def _read_log(log: bytes) -> tuple[State, Crl, chain.LogCheck] | Finding:
    entries: list[Entry] = []
    checked = chain.check(log, visit=entries.append)
    if checked.problems:
        first = checked.problems[0]
        return codes.LOG_CHAIN.finding(f"Line {first.line}: {first.reason}.", _LOG)
    if checked.torn:
        return codes.LOG_CHAIN.finding("The last line is not complete.", _LOG)
    try:
        state = fold(entries)
        Anchor.of(state)
        for issued in state.issued:
            spki_of(load(issued.certificate))
            load(issued.certificate).public_key()
        _ = load(state.root).extensions
        crl = newest(state)
    except (StationError, *_BAD_CERTIFICATE):
        return codes.LOG_CHAIN.finding("The log does not tell of a whole authority.", _LOG)
    if read(crl.der) != crl.der:
        return codes.LOG_CHAIN.finding(f"The log's CRL {crl.number} is none.", _LOG)
    return state, crl, checked


def _against(anchor: Anchor, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Say what can be said when the log itself cannot be read."""
    yield from _seal(files, anchor)
    yield from _root(files, anchor)


def _origin(state: State, anchor: Anchor, *, rehearsal: bool) -> Iterator[Finding]:
    if is_rehearsal(anchor.verifier) and not rehearsal:
        yield codes.REHEARSAL.finding("This response comes from a rehearsal; its certificates are worth nothing.")
    if state.origin != anchor.verifier.name:
        yield codes.ANCHOR.finding("The log is of another authority than the anchor.", _LOG)
    if fingerprint(state.root) != anchor.root_sha256:
        yield codes.ANCHOR.finding("The log is that of another root than the anchor's.", _LOG)
    if wrong := anchor.disagreement(state):
        yield codes.ANCHOR.finding(f"{wrong[0].upper()}{wrong[1:]}.", _LOG)


def _seal(files: Mapping[str, bytes], anchor: Anchor) -> Iterator[Finding]:
    """Compare SHA256SUMS, its signature and COMPLETE with the files, and tell which of them was changed."""
    listing, signature = files[manifest.SUMS], files[manifest.SIGNATURE]
    expected = manifest.sums(files)
    listed_is_signed = anchor.verifier.verify(signature, listing)
    if not listed_is_signed and anchor.verifier.verify(signature, expected):
        yield codes.CHANGED.finding(f"{manifest.SUMS} was changed after it was signed.", manifest.SUMS)
    elif not listed_is_signed:
        said = f"{manifest.SIGNATURE} is not the audit key's signature over {manifest.SUMS}."
        yield codes.SIGNATURE.finding(said, manifest.SIGNATURE)
    if listing != expected:
        yield from _differences(listing, files)
    if files[manifest.COMPLETE] != manifest.complete(listing):
        yield codes.COMPLETE.finding(f"COMPLETE does not name this {manifest.SUMS}.", manifest.COMPLETE)


def _differences(listing: bytes, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Compare name by name: a file name with a line feed must not pass for a line of the list."""
    lines = listing.decode(errors="surrogateescape").split("\n")
    listed = {line[66:]: line[:64] for line in lines if line}
    found = {name: fingerprint(data) for name, data in files.items() if name not in manifest.UNLISTED}
    for name in sorted(found.keys() - listed.keys()):
        yield codes.UNLISTED.finding(f"{name} is in the folder, but not in {manifest.SUMS}.", name)
    for name in sorted(listed.keys() - found.keys()):
        yield codes.MISSING.finding(f"{name} is in {manifest.SUMS}, but not in the folder.", name)
    for name in sorted(name for name in found.keys() & listed.keys() if found[name] != listed[name]):
        yield codes.CHANGED.finding(f"{name} is not the file that {manifest.SUMS} lists.", name)
    if found == listed:
        yield codes.CHANGED.finding(f"{manifest.SUMS} lists the files in another form than it should.", manifest.SUMS)


def _log(files: Mapping[str, bytes], anchor: Anchor, checked: chain.LogCheck) -> Iterator[Finding]:
    """Check both checkpoints: the first covers the whole log, the closing one is of a longer log."""
    heads: list[int] = []
    for name in (_CHECKPOINT, manifest.CLOSING):
        try:
            head = verify_note(files[name], anchor.verifier, exact=True)
        except UntrustedNote as error:
            yield codes.CHECKPOINT.finding(f"{name}: {error.reason}.", name)
            continue
        heads.append(head.size)
        if head.origin != anchor.verifier.name:
            yield codes.CHECKPOINT.finding(f"{name} is of another log.", name)
        if name == _CHECKPOINT and (head.size, head.root) != (checked.size, checked.root):
            yield codes.CHECKPOINT.finding(f"{name} is not the head of the log in this folder.", name)
    if len(heads) == 2 and heads[1] <= heads[0]:
        said = f"{manifest.CLOSING} is older than {_CHECKPOINT}."
        yield codes.CHECKPOINT.finding(said, manifest.CLOSING)


def _root(files: Mapping[str, bytes], anchor: Anchor) -> Iterator[Finding]:
    root = Der(files["root-ca.der"])
    if fingerprint(root) != anchor.root_sha256:
        yield codes.ANCHOR.finding("root-ca.der is not the root of the anchor.", "root-ca.der")
    elif files["root-ca.pem"] != pem(root):
        yield codes.FORM.finding("root-ca.pem is not the PEM form of root-ca.der.", "root-ca.pem")


def _certificates(files: Mapping[str, bytes], state: State) -> Iterator[Finding]:
    """Hold each certificate against the log and the root, and its other forms against itself."""
    known = {each.sha256: each for each in state.issued}
    for chain_name in sorted(name for name in files if name.endswith(_CHAIN)):
        stem = chain_name.removesuffix(_CHAIN)
        issued = known.get(fingerprint(files.get(f"{stem}.der", b"")))
        if issued is None:
            yield codes.UNKNOWN.finding(f"The log does not record the certificate in {stem}.der.", f"{stem}.der")
            continue
        for name, content in certificate_files(stem, issued.certificate, state.root).items():
            if files.get(name) != content:
                yield codes.FORM.finding(f"{name} does not hold the certificate of {stem}.der.", name)
        if not _signed_by(issued.certificate, state.root):
            yield codes.UNKNOWN.finding(f"{stem}.der is not signed by the root.", f"{stem}.der")


def _crl(files: Mapping[str, bytes], crl: Crl, root: Certificate) -> Iterator[Finding]:
    """Hold the CRL against the log: it is the newest one, and lists what was revoked when it was signed."""
    for name, content in crl_files(crl.der).items():
        if files[name] != content:
            yield codes.CRL.finding(f"{name} is not CRL {crl.number}, the newest one of the log.", name)
    case = CrlCase(crl.der, root, entries=crl.entries)
    if case.number != crl.number:
        yield codes.CRL.finding(f"The log calls CRL {case.number} by another number, {crl.number}.", _LOG)
    yield from refusals(run(CRL_CHECKS, case))


def _signed_by(certificate: Der, root: Der) -> bool:
    parsed, issuer = load(certificate), load(root)
    tbs = Der(parsed.tbs_certificate_bytes)
    same_name = fields(tbs).issuer == fields(Der(issuer.tbs_certificate_bytes)).subject
    return same_name and signature_verifies(spki_of(issuer), parsed.signature, tbs)
