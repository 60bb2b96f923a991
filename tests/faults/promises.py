"""What must hold whatever happened, looked at from outside: the log in HOME, and what lies on the stick.

At most one TBSCertificate per serial; never a signature whose TBS is not in the log before it; no certificate outside
that the log does not have byte for byte; no folder that verifies without being whole. Each backup
that counts is whole where it lies, and its cards open it. The token opens with what the log says opens it, and has the
root key where the log says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.x509 import load_der_x509_crl

from hsm import Token, WrongPin
from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.chain import check
from offline_root.audit.entry import Entry
from offline_root.audit.state import RootKey, State, decoded
from offline_root.backup_file import NAME, Backup, open_backup, read_backup
from offline_root.config import Appliance
from offline_root.home import Place
from offline_root.issue import load, spki_of, verify
from offline_root.model import Der
from offline_root.response.manifest import COMPLETE
from offline_root.response.verify import verify_response
from offline_root.shares import Share, combine
from offline_root.signer import ROOT_KEY


def log_keeps_its_promise(log: bytes, issued_outside: Iterable[bytes] = ()) -> tuple[Entry, ...]:
    """Look at a log as it lies there, and at the certificates that were seen outside; return its entries."""
    entries: list[Entry] = []
    found = check(log, visit=entries.append)
    assert found.problems == ()
    begun: dict[object, bytes] = {}
    issued: dict[object, bytes] = {}
    for entry in entries:
        serial = entry.facts.get("serial") or entry.facts.get("crl_number")
        if entry.event == "signing-started":
            tbs = decoded(str(entry.facts["tbs"]))
            assert begun.setdefault(serial, tbs) == tbs, "two TBSCertificates with one serial"
        if entry.event == "certificate-issued":
            assert serial not in issued, "one serial was issued twice"
            issued[serial] = decoded(str(entry.facts["certificate"]))
            assert _tbs(issued[serial]) == begun[serial], "signed, but its TBS was not in the log"
        if entry.event == "certificate-imported":
            issued.setdefault(serial, decoded(str(entry.facts["certificate"])))  # its TBS is in the other log
        if entry.event == "crl-issued":
            assert serial not in issued, "one CRL number was issued twice"
            issued[serial] = decoded(str(entry.facts["crl"]))
            assert load_der_x509_crl(issued[serial]).tbs_certlist_bytes == begun[serial], "its TBS was not in the log"
    unknown = set(issued_outside) - set(issued.values())
    assert not unknown, "a certificate is outside that the log does not have"
    return tuple(entries)


def _tbs(certificate: bytes) -> bytes:
    return load(Der(certificate)).tbs_certificate_bytes


def stick_keeps_its_promise(stick: Path, log: bytes, anchor: Anchor | None) -> list[Path]:
    """Look at what lies on the stick; return the folders that verify."""
    whole = []
    for folder in sorted(stick.glob("offline-root/*/*")):
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert log.startswith(files.get("audit/log.jsonl", b"")), "the stick has lines that the log does not have"
        findings = verify_response(files, anchor).findings
        if COMPLETE not in files or anchor is None:
            assert findings, "a folder that is not whole verifies"
        if not findings:
            whole.append(folder)
    return whole


def certificates_on(stick: Path, root: Der) -> set[bytes]:
    """Return every certificate on the stick but the root; what was torn while it was written is no certificate."""
    found = set()
    for path in stick.rglob("*.der"):
        data = path.read_bytes()
        try:
            verify(Der(data), Der(_tbs(data)), spki_of(load(root)))
        except Exception:  # noqa: BLE001, S112  # half a file
            continue
        found.add(data)
    return found - {root}


def everything_holds(home: Path, stick: Path, authority: str = "root") -> list[Path]:
    """Look at HOME and the stick; return the folders on the stick that verify. Without an authority there is none."""
    place = home / authority
    if not place.exists():
        assert not stick.exists()
        return []
    log = (place / "audit" / "log.jsonl").read_bytes()
    file = place / "anchor.json"
    anchor = wire.read_anchor_of(Place(place)) if file.exists() else None
    root = wire.read_state(Place(place)).root
    entries = log_keeps_its_promise(log, certificates_on(stick, root))
    assert entries
    return stick_keeps_its_promise(stick, log, anchor)


def backups_keep_their_promise(entries: Iterable[Entry], *places: Path) -> list[Backup]:
    """Look for the backups that count by the log; return each as it lies in one of the places."""
    files = {sha256(data).hexdigest(): data for at in places for data in map(Path.read_bytes, at.rglob(NAME))}
    told = [str(each.facts["file_sha256"]) for each in entries if each.event == "key-backed-up"]
    assert files.keys() >= set(told), "a backup that counts is not whole where it lies"
    return [read_backup(files[each]) for each in told]


def cards_open(backups: Iterable[Backup], cards: Mapping[int, Sequence[Share]]) -> None:
    """Demand that the cards of each backup, by the number of its set, give its root key back."""
    for each in backups:
        assert open_backup(each, combine(cards[each.shares.number][-each.shares.needed :]))


def token_keeps_its_promise(place: Place, state: State, pins: Iterable[str]) -> str:
    """Return the PIN, one of these, that opens the token; demand that the root key is there or gone as the log says."""
    found = Appliance().module, place.token
    with Token.attach(*found, label=state.token_label, serial=state.token_serial) as token:
        pin = next((each for each in pins if _opens(token, each)), None)
        assert pin, "nothing that the log names opens the token"
        halves = [each.label for each in token.keys()].count(ROOT_KEY)  # noqa: SIM118  # a Token is no mapping
    assert halves == 2 or state.root_key is not RootKey.IN_USE, "the root key is gone, and the log does not say so"
    assert not halves or state.root_key is not RootKey.DESTROYED, "the log says destroyed, and the key is there"
    return pin


def _opens(token: Token, pin: str) -> bool:
    try:
        token.login(pin)
    except WrongPin:
        return False
    return True
