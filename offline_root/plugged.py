"""What plays the stick at a desk: a folder, or one of the sticks that are plugged into this machine."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import usb_transfer
from offline_root import wire
from offline_root.alarm import LEFT, Stick
from offline_root.backup_file import NAME
from offline_root.errors import VolumeError
from offline_root.ports import StickFacts, Volume
from offline_root.request.files import RequestFiles
from offline_root.wire import volume_errors

_NOT_READ = "Nothing was read."


class Tray(Protocol):
    """Where sticks are plugged in. Every method raises VolumeError."""

    def look(self) -> Sequence[StickFacts]:
        """Return the sticks that are plugged in now."""
        ...

    def choose(self, stick: StickFacts, authority: str) -> Stick:
        """Use this one from now on; return what is to be logged of it, and what earlier ceremonies left on it."""
        ...


class FolderStick:
    """A folder that plays the stick: in a rehearsal, and where somebody else mounts it."""

    tray: Tray | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folders: tuple[Path, ...] = (path,)

    def view(self) -> str:
        """Return what the first screen says of it (VolumeError)."""
        return f"{len(self.requests().names)} files that may be requests"

    def requests(self) -> RequestFiles:
        """Return the files on it that may hold requests; all are read at once (VolumeError)."""
        return wire.requests_on(self._path)

    def backups(self) -> Mapping[str, bytes]:
        """Return the backups on it by the names of their folders (VolumeError)."""
        return _backups(self._path)

    def file(self, name: str) -> bytes:
        """Return a file on it (VolumeError)."""
        return _file(self._path, name)

    def log(self, folder: str) -> bytes:
        """Return the log in a response on it (VolumeError)."""
        return _file(self._path, _log(folder), wire.COPY_LIMIT)

    def volume(self) -> Volume:
        """Return it as the place of a response."""
        return wire.WiredFolder(self._path)


@dataclass(frozen=True, slots=True)
class ChosenStick:
    """One stick as the place of a response, also when people have chosen another one after it."""

    name: str
    stick: usb_transfer.Plugged

    def write(self, folder: str, files: Mapping[str, bytes]) -> Path:
        """Write a fresh folder; return the stick's name and the folder's. It is unmounted by then (VolumeError)."""
        with _mounted(self.stick, write=True) as at:
            usb_transfer.Folder(at).write(folder, files)
        return Path(self.name, folder)

    def add(self, folder: str, name: str, content: bytes) -> None:
        """Write one more file (VolumeError)."""
        with _mounted(self.stick, write=True) as at:
            usb_transfer.Folder(at).add(folder, name, content)

    def read_back(self, folder: str) -> Mapping[str, bytes]:
        """Return what is in the folder, from the stick mounted anew (VolumeError)."""
        with _mounted(self.stick, write=False) as at:
            return usb_transfer.Folder(at).read_back(folder)


class PluggedStick:
    """The sticks of this machine, and the one that people chose: mounted only while one of these methods is at work."""

    folders: tuple[Path, ...] = ()
    """None is known before people choose."""

    def __init__(self) -> None:
        with volume_errors():
            self._devices = usb_transfer.Devices(usb_transfer.taken_by_machine())
        self._chosen: ChosenStick | None = None
        self.tray: Tray | None = self

    def look(self) -> tuple[usb_transfer.Stick, ...]:
        """Return the sticks that are plugged in now."""
        self._devices.look()
        return self._devices.sticks

    def choose(self, stick: StickFacts, authority: str) -> Stick:
        """Use one of `look` from now on; return what is to be logged of it (VolumeError)."""
        found = next((each for each in self._devices.sticks if each == stick), None)
        if found is None:
            raise VolumeError("That stick was just taken out.", meaning=_NOT_READ, mend="Put it back.", retry=True)
        plugged = usb_transfer.Plugged(found, self._devices, usb_transfer.way_to_mount)
        self._chosen = ChosenStick(stick.label or stick.model, plugged)
        with self._mounted() as at:
            files = usb_transfer.earlier(at, f"offline-root/{authority}", LEFT)
        about = {"label": stick.label, "model": stick.model, "serial": stick.serial, "bytes": str(stick.size)}
        return Stick(self._chosen.name, tuple(about.items()), files)

    def view(self) -> str:
        """Return what the first screen says of them."""
        return f"{len(self.look())} plugged in"

    def requests(self) -> RequestFiles:
        """Return the files on the stick that may hold requests; all are read at once (VolumeError)."""
        with self._mounted() as at:
            return wire.requests_on(at)

    def backups(self) -> Mapping[str, bytes]:
        """Return the backups on the stick by the names of their folders (VolumeError)."""
        with self._mounted() as at:
            return _backups(at)

    def file(self, name: str) -> bytes:
        """Return a file on the stick (VolumeError)."""
        with self._mounted() as at:
            return _file(at, name)

    def log(self, folder: str) -> bytes:
        """Return the log in a response on the stick (VolumeError)."""
        with self._mounted() as at:
            return _file(at, _log(folder), wire.COPY_LIMIT)

    def volume(self) -> ChosenStick:
        """Return the chosen stick as the place of a response (VolumeError)."""
        if self._chosen is None:
            raise VolumeError("No stick was chosen.", meaning=_NOT_READ, mend="Choose one.", retry=True)
        return self._chosen

    @contextmanager
    def _mounted(self) -> Iterator[Path]:
        with _mounted(self.volume().stick, write=False) as at:
            yield at


@contextmanager
def _mounted(stick: usb_transfer.Plugged, *, write: bool) -> Iterator[Path]:
    with volume_errors(), stick.mounted(write=write) as at:
        yield at


def _log(folder: str) -> str:
    return f"{folder}/audit/log.jsonl"


def _file(at: Path, name: str, limit: int = wire.TEXT_LIMIT) -> bytes:
    """Return a file, of one that is longer than `limit` only so much (VolumeError)."""
    with volume_errors():
        return usb_transfer.read_head(at, name, limit)


def _backups(at: Path) -> Mapping[str, bytes]:
    with volume_errors():
        found = usb_transfer.earlier(at, ".", (NAME,))
    return {Path(name).parent.name: data for name, data in found.items()}
