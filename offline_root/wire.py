"""Where everything is plugged together: the only module that knows the stick as well as the station, and `tokens`.

Errors of the other folders are turned into ours here, so that nobody else has to know theirs.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import usb_transfer
from offline_root.alarm import LEFT, Stick
from offline_root.anchor import Anchor, read_anchor, write_anchor
from offline_root.audit.entry import Facts
from offline_root.audit.file import LogFile, LogView, read_only, survey
from offline_root.audit.fold import Folding
from offline_root.audit.judge import Verdict, judge
from offline_root.audit.replacing import begin_log, replace_log
from offline_root.audit.state import State
from offline_root.config import Appliance
from offline_root.copies import policy_copy, renew_copies
from offline_root.creation import Created, Creation, Pins, check_creation, create
from offline_root.errors import AuditError, StationError, TokenError, VolumeError
from offline_root.home import Home, Place
from offline_root.moments import FOLDER_FORM
from offline_root.opening import Opening
from offline_root.policy.model import Policy
from offline_root.request.files import RequestFiles
from offline_root.response.files import crl_files, pem
from offline_root.restoration import Restoration, log_of
from offline_root.restoration import restore as restore_key
from offline_root.restore import Known, check_copy, find_copy, restored
from offline_root.set_up import check_backup
from offline_root.shares import Share
from offline_root.station import Station
from offline_root.tokens import WiredTokens

COPY_LIMIT = 64 * 1024 * 1024
"""Bytes of a copy of the log on a stick; one that is longer is read as one that is not whole."""

REQUEST_LIMIT = 64 * 1024
"""Bytes of a file that may hold a request."""

TEXT_LIMIT = 1024 * 1024
"""Bytes of a policy or anchor file."""


@contextmanager
def volume_errors() -> Iterator[None]:
    """Turn the errors of `usb_transfer` into ours."""
    try:
        yield
    except usb_transfer.VolumeError as error:
        raise _ours(error) from error


def _ours(error: usb_transfer.VolumeError) -> VolumeError:
    return VolumeError(error.what, meaning=error.meaning, mend=error.mend, retry=error.retry)


class WiredFolder:
    """A folder as a volume."""

    def __init__(self, path: Path) -> None:
        self._folder = usb_transfer.Folder(path)

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write a fresh folder (VolumeError)."""
        with volume_errors():
            return self._folder.write(folder, files)

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Write one more file (VolumeError)."""
        with volume_errors():
            self._folder.add(folder, name, content)

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return what is in the folder (VolumeError)."""
        with volume_errors():
            return self._folder.read_back(folder)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)


class SystemRandomness:
    """The kernel's random number generator."""

    def octets(self, count: int) -> bytes:
        """Return `count` random octets."""
        return os.urandom(count)


def requests_on(stick: Path, *names: str) -> RequestFiles:
    """Return these files of a folder, or all of a stick that may hold requests, read by one process (VolumeError)."""
    with volume_errors():
        found = usb_transfer.heads(stick, REQUEST_LIMIT + 1, *names)  # one octet more says that it is too long
    ours = {name: _ours(each) if isinstance(each, usb_transfer.VolumeError) else each for name, each in found.items()}
    return RequestFiles(ours)


def request_files(files: Sequence[str]) -> RequestFiles:
    """Return files that people named, wherever they lie; what cannot be read says so when it is asked for."""
    found: dict[str, bytes | VolumeError] = {}
    for folder in dict.fromkeys(Path(file).parent for file in files):
        names = {file: Path(file).name for file in files if Path(file).parent == folder}
        try:
            heads = requests_on(folder, *names.values()).found
        except VolumeError as error:
            heads = dict.fromkeys(names.values(), error)
        found |= {file: heads[name] for file, name in names.items()}
    return RequestFiles(found)


def read_text_file(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """Return the bytes of a policy, an anchor, a checkpoint or a proof (VolumeError)."""
    with volume_errors():
        return usb_transfer.read_file(path, limit)


def sticks(paths: Iterable[Path], authority: str) -> tuple[Stick, ...]:
    """Return what earlier ceremonies of an authority left in the folders that a ceremony uses (VolumeError)."""
    with volume_errors():
        looked = ((path, usb_transfer.earlier(path, f"offline-root/{authority}", LEFT)) for path in paths)
        return tuple(Stick(path.name, files=files) for path, files in looked if files)


def read_known(folder: Path, place: Place) -> Known:
    """Return the copy of the log in a folder, once it is sure that it is this authority's (StationError)."""
    return check_copy(find_copy(read_folder(folder)), read_anchor_of(place))


def read_copy(folder: Path, anchor: Path) -> Known:
    """Return the copy of the log in a folder, held against an anchor's file (StationError): there is no HOME yet."""
    return check_copy(find_copy(read_folder(folder)), read_anchor(read_text_file(anchor)))


def restore(place: Place, known: Known, stated: Opening, now: datetime) -> Facts:
    """Put a copy of the log in the place of this one, whatever state this one is in (StationError)."""
    told = []

    def compose(own: bytes, note: bytes | None) -> tuple[bytes, bytes]:
        text, facts = restored(known, own, note, stated, now)
        told.append(facts)
        return text, known.copy.checkpoint

    replace_log(place.audit, compose, now.strftime(FOLDER_FORM))
    return told[0]


def write_files(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a fresh folder (VolumeError)."""
    with volume_errors():
        usb_transfer.Folder(path.parent).write(path.name, files)


def read_folder(path: Path) -> Mapping[str, bytes]:
    """Return every file of a response folder (VolumeError)."""
    with volume_errors():
        return usb_transfer.read_tree(path)


def read_state(place: Place) -> State:
    """Return what an authority's log amounts to, without taking it (AuditError)."""
    folding = Folding()
    check, _ = survey(place.audit, folding.add)
    if check.problems:
        first = check.problems[0]
        raise AuditError(
            f"The audit log of {place.name} is damaged: line {first.line}: {first.reason}.",
            meaning="Nothing it says can be relied on.",
            mend="With a witness, A at home or `offline-root log restore DIR` puts back that of the newest response.",
            retry=False,
        )
    return folding.state()


def read_log(folder: Path) -> LogView:
    """Return a log as it lies there, judged but not refused (AuditError where there is none)."""
    return read_only(folder)


def verify_log(folder: Path, anchor: Anchor | None) -> Verdict:
    """Return the verdict on the log in a folder (AuditError where there is none)."""
    folding = Folding()
    check, checkpoint = survey(folder, folding.add)
    try:
        state = folding.state()
    except AuditError:
        state = None
    return judge(check, state, checkpoint, anchor)


def read_anchor_of(place: Place) -> Anchor:
    """Return the anchor of an authority in HOME (PolicyError, VolumeError)."""
    return read_anchor(read_text_file(place.path / "anchor.json"))


def token_state(place: Place, appliance: Appliance, state: State) -> str:
    """Return `present`, or why the token cannot be seen. Nobody logs in."""
    try:
        WiredTokens(appliance, place.token).attach(state.token_label, state.token_serial).close()
    except TokenError as error:
        return f"not available: {error.what}"
    return "present"


@contextmanager
def station(home: Home, place: Place, appliance: Appliance) -> Iterator[Station]:
    """Open an authority's log for one ceremony, and close it whatever happens (StationError)."""
    with LogFile.open(place.audit) as log:
        begun = len(log.entries)
        opened = Station(
            log,
            policy_copy=policy_copy(place, log.entries),
            tokens=WiredTokens(appliance, place.token),
            clock=SystemClock(),
            randomness=SystemRandomness(),
            others=tuple(read_state(each) for each in home.others(place.name)),
        )
        try:
            yield opened
        except BaseException:
            settle(lambda: renew_copies(place, opened.state, log.entries[begun:]))
            raise
        renew_copies(place, opened.state, log.entries[begun:])


def new_tokens(appliance: Appliance) -> WiredTokens:
    """Return the tokens of this machine, for what is found out before there is an authority."""
    return WiredTokens(appliance, Path())


def check_new(home: Home, appliance: Appliance, creation: Creation) -> None:
    """Refuse what cannot be made, before anything is handed out for it (StationError)."""
    check_creation(creation, SystemClock().now())
    check_backup(creation.policy, creation.keeping, WiredTokens(appliance, home.path))
    home.check_free(creation.name)


def create_authority(home: Home, appliance: Appliance, creation: Creation, pins: Pins) -> tuple[Created, Place]:
    """Make an authority in HOME (StationError). It appears under its name only when it is whole."""
    clock = SystemClock()
    check_creation(creation, clock.now())
    with home.creating(creation.name) as place:
        with LogFile.create(place.audit) as log:
            tokens = WiredTokens(appliance, place.token)
            created = create(creation, pins, log=log, tokens=tokens, clock=clock, randomness=SystemRandomness())
        _publish(place, creation.policy, created)
    return created, home.choose(creation.name)


def _publish(place: Place, policy: Policy, made: Created) -> None:
    anchor = write_anchor(made.anchor)
    copies = {"policy.toml": policy.text.encode(), "root-ca.pem": pem(made.root), **crl_files(made.crl)}
    place.publish({**copies, "anchor.json": anchor})


def restore_authority(
    home: Home, appliance: Appliance, restoration: Restoration, shares: tuple[Share, ...], pins: Pins
) -> tuple[Created, Place]:
    """Make an authority in HOME from its backup and its log (StationError). It appears only when it is whole."""
    clock = SystemClock()
    text, name = log_of(restoration, clock.now()), restoration.known.state.authority
    with home.creating(name) as place:
        begin_log(place.audit, text, restoration.known.copy.checkpoint)
        with LogFile.open(place.audit) as log:
            tokens = WiredTokens(appliance, place.token)
            made = restore_key(restoration, shares, pins, log=log, tokens=tokens, clock=clock)
        _publish(place, restoration.policy, made)
    return made, home.choose(name)


def settle(close: Callable[[], object]) -> None:
    """Close after a failure. A second failure on the way out must not hide the first one, which people have to read."""
    with suppress(StationError):
        close()
