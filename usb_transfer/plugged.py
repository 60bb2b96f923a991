"""One stick that people chose: mounted while it is read or written, and free to be taken out the rest of the time.

It is found again by what it is before each mounting. Between two of them, another stick may have got its device name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from usb_transfer.devices import Devices
from usb_transfer.errors import VolumeError
from usb_transfer.mounting import Mounting
from usb_transfer.sticks import Kind, Stick

_NOTHING = "Nothing was read or written."
_NOT_WHOLE = "What was being read or written is not whole. Everything that was signed is safe in the audit log."
_BACK = "Put it back, or choose another stick."


class Plugged:
    """A stick at work."""

    def __init__(self, stick: Stick, devices: Devices, how: Callable[[], Mounting]) -> None:
        self.stick = stick
        self._devices, self._how = devices, how

    @contextmanager
    def mounted(self, *, write: bool) -> Iterator[Path]:
        """Mount the stick, and unmount it whatever happens; if it was pulled meanwhile, say so (VolumeError)."""
        stick = self._find()
        if write and stick.write_protected:
            raise _trouble(f"{_named(stick)} is write-protected.", _NOTHING, "Move its switch, or take another stick.")
        mounted = self._how()(stick, write=write)
        try:
            try:
                yield mounted.at
            except BaseException:
                with suppress(VolumeError):  # the first error is what people have to read
                    mounted.unmount()
                raise
            mounted.unmount()
        except VolumeError as error:
            if self._was_pulled(stick):
                raise _trouble(f"{_named(stick)} was taken out too early.", _NOT_WHOLE, _BACK) from error
            raise

    def _find(self) -> Stick:
        self._devices.look()
        same = [each for each in self._devices.sticks if each.is_same(self.stick)]
        if not same:
            raise _trouble(f"{_named(self.stick)} is not plugged in.", _NOTHING, _BACK)
        if len(same) > 1:
            what = f"There are two of them: {_named(self.stick)}."
            raise _trouble(what, _NOTHING, "Take out the one that is not meant.")
        if same[0].unfit:
            raise _trouble(f"{_named(same[0])} {same[0].unfit.value}.", _NOTHING, "Choose another stick.")
        return same[0]

    def _was_pulled(self, stick: Stick) -> bool:
        """Say whether a stick was taken out: the kernel's error comes a moment before udev's word of it."""
        events = self._devices.look(wait=1)
        return any(each.kind is Kind.REMOVED and each.stick.path == stick.path for each in events)


def _named(stick: Stick) -> str:
    return f"The stick '{stick.label or stick.model}' (serial {stick.serial or 'unknown'})"


def _trouble(what: str, meaning: str, mend: str) -> VolumeError:
    return VolumeError(what, meaning=meaning, mend=mend, retry=True)
