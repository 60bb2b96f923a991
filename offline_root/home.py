"""HOME: the folder of all authorities on this machine, and what lies where in it."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from offline_root.audit.disk import lock, make_folder, open_file, open_folder, write_all
from offline_root.errors import CeremonyError, StationError
from offline_root.model import NAME

DEFAULT = Path("/var/lib/offline-root")
CUT_SHORT = "an attempt before this one was cut short there. It may hold a key under the PIN of that try: delete it."
"""What people have to know of a folder that was kept aside."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one authority."""

    path: Path

    @property
    def name(self) -> str:
        """Return the authority's name."""
        return self.path.name

    @property
    def audit(self) -> Path:
        """Return the folder of log.jsonl and checkpoint."""
        return self.path / "audit"

    @property
    def token(self) -> Path:
        """Return the token directory of a software token."""
        return self.path / "token"

    def publish(self, files: Mapping[str, bytes]) -> None:
        """Write small files that are copies of what the log knows, each durable before the next (CeremonyError)."""
        with _writing(self.path), ExitStack() as opened:
            at = open_folder(self.path, opened)
            for name, content in files.items():
                new = open_file(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, at, opened)
                write_all(new, content)
                os.fsync(new)
                os.fsync(at)

    def replace_policy(self, text: str) -> None:
        """Replace policy.toml by the text that is now in force (CeremonyError)."""
        try:
            self._replace("policy.toml", text.encode())
        except (OSError, CeremonyError) as error:
            raise CeremonyError(
                f"policy.toml could not be written: {error}.",
                meaning="The new policy is in force all the same: the text in the audit log counts.",
                mend="Free the disk. The next opening writes it.",
                retry=True,
            ) from error

    def renew(self, files: Mapping[str, bytes]) -> None:
        """Replace those copies of what the log knows that are not its newest any more (CeremonyError)."""
        try:
            for name, content in files.items():
                path = self.path / name
                if not path.is_file() or path.read_bytes() != content:
                    self._replace(name, content)
        except (OSError, CeremonyError) as error:
            raise CeremonyError(
                f"The copy of the CRL in {self.path} could not be written: {error}.",
                meaning="The CRL itself is safe in the audit log, and in the response if one was delivered.",
                mend="Free the disk. The next ceremony writes the copy; publish the CRL from the response.",
                retry=True,
            ) from error

    def _replace(self, name: str, content: bytes) -> None:
        fresh = self.path / f"{name}.new"
        fresh.unlink(missing_ok=True)
        self.publish({fresh.name: content})
        with ExitStack() as opened:
            fresh.rename(self.path / name)
            os.fsync(open_folder(self.path, opened))

    def policy_copy(self) -> str:
        """Return the text of policy.toml (empty where there is none, which is never the policy in force)."""
        try:
            return (self.path / "policy.toml").read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return ""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder itself; it need not exist."""

    path: Path

    def authorities(self) -> tuple[str, ...]:
        """Return the names of the authorities that are here, sorted (CeremonyError)."""
        try:
            found = sorted(
                each.name
                for each in os.scandir(self.path)
                if NAME.fullmatch(each.name) and self._is_authority(each.name)
            )
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            mend = "Use the account that made it, or name another folder with --home."
            raise _stopped(f"{self.path} cannot be read: {error.strerror}.", mend) from error
        return tuple(found)

    def _is_authority(self, name: str) -> bool:
        """Say whether a folder is one of ours: a person may keep other things in HOME."""
        return any((self.path / name / each).exists() for each in ("audit", "policy.toml"))

    def choose(self, name: str | None) -> Place:
        """Return the authority called `name`, or the only one there is (CeremonyError)."""
        known = self.authorities()
        if name is None and len(known) == 1:
            return Place(self.path / known[0])
        if name in known:
            return Place(self.path / str(name))
        if not known:
            mend = "Name the folder of your authorities with --home, or make an authority with `create`."
            raise _stopped(f"There is no authority in {self.path}.", mend)
        here = ", ".join(known)
        what = f"There is no authority '{name}' in {self.path}." if name else f"Which authority is meant? Here: {here}."
        raise _stopped(what, f"Authorities here: {here}. Name one with --authority, or make one with `create`.")

    def others(self, name: str) -> tuple[Place, ...]:
        """Return all authorities but one."""
        return tuple(Place(self.path / each) for each in self.authorities() if each != name)

    def check_free(self, name: str) -> None:
        """Refuse a name that cannot be one, or is taken (CeremonyError)."""
        if NAME.fullmatch(name) is None:
            raise _stopped(
                f"'{name}' cannot be the name of an authority.", "Use a-z, 0-9 and -, at most 31 characters."
            )
        if name in self.authorities():
            mend = "Choose another name; nothing is overwritten."
            raise _stopped(f"There is an authority '{name}' already.", mend)

    def aside(self, name: str) -> tuple[Path, ...]:
        """Return what attempts at this authority left that were cut short, the first one first."""
        number = re.compile(rf"\.interrupted-{name}-([0-9]+)").fullmatch
        found = {int(fits[1]): each for each in self.path.glob(".interrupted-*") if (fits := number(each.name))}
        return tuple(found[each] for each in sorted(found))

    @contextmanager
    def creating(self, name: str) -> Iterator[Place]:
        """Give a fresh folder to make an authority in; it gets its name only if the body ends well (CeremonyError)."""
        self.check_free(name)
        with self._only_one() as at:
            self.check_free(name)
            place = Place(self.path / f".creating-{name}")
            with _writing(self.path):
                self._set_aside(place)
                place.path.mkdir(mode=0o700)
                os.fsync(at)
            yield place
            with _writing(self.path):
                _flush_all(place.path)
                place.path.rename(self.path / name)
                os.fsync(at)

    @contextmanager
    def _only_one(self) -> Iterator[int]:
        """Hold HOME against a second creation; give its descriptor."""
        with ExitStack() as opened:
            with _writing(self.path):
                for each in reversed([each for each in (self.path, *self.path.parents) if not each.exists()]):
                    make_folder(each)
                at = open_folder(self.path, opened)
            lock(at)
            yield at

    def _set_aside(self, place: Place) -> None:
        """Keep what an interrupted creation left: its log tells how far it came, and nothing is ever lost."""
        if place.path.exists():
            stem = place.name.replace(".creating-", ".interrupted-")
            place.path.rename(next(path for path in (self.path / f"{stem}-{n}" for n in count(1)) if not path.exists()))


def _flush_all(folder: Path) -> None:
    """Make everything below `folder` durable: SoftHSM does not flush the files that it keeps keys in."""
    for at, _, names in os.walk(folder):
        with ExitStack() as opened:
            within = open_folder(Path(at), opened)
            for name in names:
                os.fsync(open_file(name, os.O_RDONLY, within, opened))
            os.fsync(within)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CeremonyError(
            f"{path} cannot be written: {error.strerror}.",
            meaning="The authority was not made. Nothing that was there has changed.",
            mend="Choose a folder that belongs to you (--home), or free the disk, and start again.",
            retry=True,
        ) from error


def _stopped(what: str, mend: str) -> StationError:
    return CeremonyError(what, meaning="Nothing was done.", mend=mend, retry=True)
