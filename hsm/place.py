"""Where a token is and how it is reached: a process for its module, and the folder of a software token."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hsm import folder
from hsm.errors import ModuleMissing
from hsm.process import Worker
from hsm.profiles import Profile


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token is and how it is reached: all that does not change while it is used."""

    module: Path
    directory: Path | None
    profile: Profile
    deadlines: Mapping[str, float]
    program: Sequence[str]

    def start(self) -> Worker:
        """Return a worker whose environment names the token's folder; ModuleMissing, TokenAbsent, FolderUnusable."""
        if find_spec("pkcs11") is None:
            raise ModuleMissing("python-pkcs11 is not installed here: pip install '.[appliance]' brings it.")
        if not os.path.isfile(self.module):  # noqa: PTH113 (Path.is_file raises where this says no)
            raise ModuleMissing(f"There is no PKCS#11 module at {self.module}.")
        variables: dict[str, str] = {}
        if self.directory is not None and self.profile.folder is not None:
            variables = folder.environment(self.profile.folder, self.directory)
        elif self.profile.config is not None:
            variables = {self.profile.variable: str(self.profile.config)}
        return Worker(variables, self.program)

    def keep(self) -> None:
        """Keep a copy of what a crash may take from a software token; FolderUnusable."""
        if self.directory is not None and self.profile.folder is not None:
            folder.keep(self.profile.folder, self.directory)

    def keep_anew(self) -> None:
        """Replace that copy: another PIN makes the one before a way in for the old PIN; FolderUnusable."""
        if self.directory is not None and self.profile.folder is not None:
            folder.keep(self.profile.folder, self.directory, anew=True)

    def flush(self) -> None:
        """Make durable what was removed from a software token; FolderUnusable."""
        if self.directory is not None and self.profile.folder is not None:
            folder.flush(self.profile.folder, self.directory)

    def check(self) -> None:
        """Raise TokenAbsent if the folder of a software token has vanished."""
        if self.directory is not None and self.profile.folder is not None:
            folder.check(self.profile.folder, self.directory)
