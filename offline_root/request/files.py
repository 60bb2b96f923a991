"""Files that may hold requests, as they were read: all at once, and never again."""

from collections.abc import Mapping
from dataclasses import dataclass

from offline_root.errors import VolumeError


@dataclass(frozen=True, slots=True)
class RequestFiles:
    """The bytes of each file by its name, or why it could not be read."""

    found: Mapping[str, bytes | VolumeError]

    @property
    def names(self) -> tuple[str, ...]:
        """Return their names."""
        return tuple(self.found)

    def read(self, file: str) -> bytes:
        """Return the bytes of one of them; of one that is too long, enough to see that (VolumeError)."""
        data = self.found.get(file)
        if data is None:
            raise VolumeError(f"{file} was not there.", meaning="Nothing was read.", mend="Read it anew.", retry=True)
        if isinstance(data, VolumeError):
            raise data
        return data
