"""appliance.toml: what is particular to one machine. Absent, everything is as Debian installs it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from offline_root.errors import PolicyError

FILE = "appliance.toml"
_KNOWN = {"module": {"profile", "path", "config", "token", "scratch"}, "screen": {"glyphs"}, "clock": {"zone"}}
_PROFILES = ("softhsm", "yubihsm", "generic")
_GLYPHS = ("console", "unicode")


@dataclass(frozen=True, slots=True)
class Appliance:
    """The settings of this machine.

    `config` is the vendor's own configuration file, where one is to be named to the module; `token` the label of the
    token, where the vendor's tool made it. `scratch` is a second such configuration file: of a token as its maker
    delivers it, in which backups are tried. `zone` is the time zone that a screen may show beside UTC.
    """

    profile: str = "softhsm"
    module: Path = Path("/usr/lib/softhsm/libsofthsm2.so")
    config: Path | None = None
    token: str = ""
    scratch: Path | None = None
    glyphs: str = "console"
    zone: str = "UTC"

    @property
    def makes_tokens(self) -> bool:
        """Say whether `create` makes the token too, with its PIN; else the vendor's tool made it before."""
        return self.profile != "generic"

    @property
    def sets_up(self) -> bool:
        """Say whether `create` sets up a device for good: what opened it before opens it no more."""
        return self.profile == "yubihsm"

    @property
    def has_so_pin(self) -> bool:
        """Say whether a token that `create` makes has an SO PIN; a device is set up as its maker delivers it."""
        return self.profile == "softhsm"


def read_appliance(home: Path) -> Appliance:
    """Read HOME/appliance.toml (PolicyError for anything in it that is not understood)."""
    path = home / FILE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Appliance()
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path, str(error)) from error
    for name, table in tables.items():
        unknown = set(table) - _KNOWN.get(name, set()) if isinstance(table, dict) else {name}
        if name not in _KNOWN or unknown:
            raise _unusable(path, f"[{name}] {', '.join(sorted(unknown))} is not known")
    values = {f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()}
    if not all(isinstance(value, str) for value in values.values()):
        raise _unusable(path, "every value is a text in quotes")
    default = Appliance()
    appliance = Appliance(
        values.get("module.profile", default.profile),
        Path(values.get("module.path", default.module)),
        Path(values["module.config"]) if "module.config" in values else None,
        values.get("module.token", default.token),
        Path(values["module.scratch"]) if "module.scratch" in values else None,
        values.get("screen.glyphs", default.glyphs),
        values.get("clock.zone", default.zone),
    )
    if appliance.profile not in _PROFILES or appliance.glyphs not in _GLYPHS:
        raise _unusable(path, f"module.profile is one of {_PROFILES}, screen.glyphs one of {_GLYPHS}")
    return appliance


def _unusable(path: Path, why: str) -> PolicyError:
    return PolicyError(
        f"{path} cannot be used: {why}.",
        meaning="Nothing was done.",
        mend="Mend the file, or remove it: without it, SoftHSM2 is used as the distribution installs it.",
        retry=True,
    )
