"""One token behind each module that the contract is tested with: SoftHSM2, the YubiHSM 2's own, NSS through p11-kit."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hsm import PROFILES, Profile, Token
from hsm.process import PROGRAM
from tests.hsm import softhsm
from tests.modules.fetch import unpacked
from tests.yubihsm.connector import connected
from tests.yubihsm.device import PIN, Device

LIBRARIES = Path("usr/lib/x86_64-linux-gnu")
PROXY = Path("/usr/lib/x86_64-linux-gnu/libp11-kit.so.0")
"""p11-kit-proxy is this library by another name."""

SOFTOKN = Path("/usr/lib/x86_64-linux-gnu/libsoftokn3.so")
_MODULES = "/usr/share/p11-kit/modules"
_NSS_LABEL = "NSS Certificate DB"


@dataclass(frozen=True)
class Stand:
    """A token to try: its module, label, PIN and profile; `prefix` is put before the worker's command.

    `device` is the simulated hardware behind it, where there is any; then `create` gives it the PIN `new_pin`.
    """

    name: str
    module: Path
    label: str
    pin: str
    profile: Profile
    directory: Path | None = None
    prefix: tuple[str, ...] = ()
    device: Device | None = None
    new_pin: str = ""

    def attach(self, serial: str | None = None, **options: object) -> Token:
        """Return a client of the token, not logged in."""
        return Token.attach(
            self.module,
            self.directory,
            label=self.label,
            serial=serial,
            profile=self.profile,
            _program=(*self.prefix, *PROGRAM),
            **options,  # type: ignore[arg-type]
        )

    @contextmanager
    def opened(self) -> Iterator[Token]:
        """Yield a client of the token, logged in."""
        with self.attach() as token:
            token.login(self.pin)
            yield token


@contextmanager
def _softhsm(base: Path) -> Iterator[Stand]:
    made = softhsm.make_token(base / "token")
    yield Stand("softhsm", softhsm.MODULE, softhsm.LABEL, softhsm.PIN, PROFILES["softhsm"], made.directory)


@contextmanager
def _yubihsm(base: Path) -> Iterator[Stand]:
    libraries, device = unpacked() / LIBRARIES, Device()
    module = libraries / "pkcs11" / "yubihsm_pkcs11.so"
    with connected(device) as url:
        config = base / "yubihsm_pkcs11.conf"
        config.write_text(f"connector = {url}\n")
        profile = replace(PROFILES["yubihsm"], config=config)
        # The module's own libraries are unpacked, not installed.
        prefix = ("env", f"LD_LIBRARY_PATH={libraries}")
        yield Stand(
            "yubihsm", module, profile.label, PIN, profile, prefix=prefix, device=device, new_pin="0042operating key"
        )


@contextmanager
def _nss(base: Path) -> Iterator[Stand]:
    """As root p11-kit reads the system's list of modules only, so another one is mounted over it."""
    modules, database, pin = base / "modules", base / "database", base / "pin"
    modules.mkdir()
    database.mkdir()
    pin.write_text(f"{softhsm.PIN}\n")
    subprocess.run(("certutil", "-N", "-d", f"sql:{database}", "-f", pin), check=True)
    (modules / "nss.module").write_text(f"module: {SOFTOKN}\nx-init-reserved: configdir='sql:{database}'\n")
    prefix = ("bwrap", "--dev-bind", "/", "/", "--ro-bind", str(modules), _MODULES, "--")
    yield Stand("nss", PROXY, _NSS_LABEL, softhsm.PIN, PROFILES["generic"], prefix=prefix)


STANDS: Mapping[str, Callable[[Path], AbstractContextManager[Stand]]] = {
    "softhsm": _softhsm,
    "yubihsm": _yubihsm,
    "nss": _nss,
}
"""Every stand by name: a context manager that sets it up in a folder."""
