"""`create`: a new authority."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offline_root import wire
from offline_root.anchor import Anchor
from offline_root.audit.note import KeyKind
from offline_root.backup import Keeping
from offline_root.cli import ask, custodians, interrupts
from offline_root.cli.backed import backup_text
from offline_root.cli.ceremony import check_out, closing_text, stated
from offline_root.cli.layout import digest, wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.cli.policies import policy_from
from offline_root.cli.streams import tell
from offline_root.config import Appliance, read_appliance
from offline_root.creation import Created, Creation, Pins, check_custody, draw_pins, draw_so_pin
from offline_root.errors import CeremonyError
from offline_root.home import CUT_SHORT, Home, Place
from offline_root.policy.model import CeremonyPolicy

_DEFAULT_NAME = "root"


def create(arguments: Namespace) -> Outcome:
    """Make a new authority: token, root key, audit key, self-signed root, anchor."""
    home = Home(Path(arguments.home))
    policy = policy_from(arguments.policy)
    with interrupts.held():
        opening = stated(arguments, "create", policy.ceremony)
        creation = Creation(arguments.authority or _DEFAULT_NAME, policy, opening, keeping=_keeping(arguments))
        appliance = read_appliance(home.path)
        wire.check_new(home, appliance, creation)
        pins = new_pins(arguments, policy.ceremony, appliance)
        created, place = wire.create_authority(home, appliance, creation, pins)
    return made(created, place, home.aside(place.name), f"CREATED {place.name} in {place.path}\n\n")


def _keeping(arguments: Namespace) -> Keeping | None:
    """Return how the backup is handed out that is made now (CeremonyError)."""
    if arguments.out is None:
        return None
    check_out(arguments)
    custodians.check_somebody()
    vault = wire.WiredFolder(Path(arguments.out))
    return lambda drawn, write: write(custodians.hand_out(drawn.splitting), vault)


def made(created: Created, place: Place, aside: Sequence[Path], headline: str) -> Outcome:
    """Return what goes on paper after an authority was made, or restored; `aside`: what attempts before it left."""
    anchor = created.anchor
    facts = {
        "authority": place.name,
        "root_sha256": anchor.root_sha256,
        "audit_key_sha256": anchor.audit_sha256,
        "audit_verifier": anchor.verifier.text(),
        "files": {"root": str(place.path / "root-ca.pem"), "anchor": str(place.path / "anchor.json")},
        "closing": created.closing.head,
        "backup": str(created.kept.path) if created.kept else None,
        "left_over": [str(each) for each in aside],
    }
    text = (
        headline
        + wrapped("ANCHOR: write both on paper. Everything that this authority ever issues is checked against them.")
        + "\n\n"
        + digest("root certificate, SHA-256", anchor.root_sha256)
        + digest("audit key, SHA-256", anchor.audit_sha256)
        + _without_ed25519(anchor)
        + "\n"
        + "".join(wrapped(f"LEFT OVER: {each}: {CUT_SHORT}") + "\n\n" for each in aside)
        + (f"{backup_text(created.kept)}\n\n" if created.kept else "")
        + wrapped(
            f"NEXT: give {place.path / 'anchor.json'} to everyone who will check responses, and root-ca.pem beside it"
            " to every machine that will trust this root."
        )
    )
    return Outcome(DONE, facts, text, closing_text(created.closing))


def new_pins(arguments: Namespace, ceremony: CeremonyPolicy, appliance: Appliance) -> Pins:
    """Return the PINs: those that people bring or write down, or random ones that only shares are left of."""
    shares, brought = ceremony.shares, arguments.so_pin_file
    so_pin = "" if brought is None else ask.secret("SO PIN", "--so-pin-file FILE", brought)
    if appliance.sets_up:
        wire.new_tokens(appliance).check_unused(so_pin)
    if shares is None:
        pin = ask.pin(arguments, new=appliance.makes_tokens)
        if appliance.makes_tokens:
            wire.new_tokens(appliance).check_new_pin(pin)
        return Pins(_shown_so_pin() if brought is None and appliance.has_so_pin else so_pin, pin)
    check_custody(ceremony, makes_tokens=appliance.makes_tokens)
    if arguments.pin_file or (brought is not None and appliance.has_so_pin):
        raise CeremonyError(
            "The policy says that the PIN is in shares; a PIN or an SO PIN in a file would open the token alone.",
            meaning="Nothing was made.",
            mend="Leave --pin-file and --so-pin-file out: both PINs are drawn at random, and only the shares remain.",
            retry=True,
        )
    custodians.check_somebody()
    pins, splitting = draw_pins(*shares, wire.SystemRandomness())
    custodians.hand_out(splitting)
    return pins if appliance.has_so_pin else replace(pins, so_pin=so_pin)


def _without_ed25519(anchor: Anchor) -> str:
    """Return what must be known of an audit key that is no Ed25519 key; nothing of one that is."""
    if anchor.verifier.kind is KeyKind.ED25519:
        return ""
    return "\n" + wrapped(
        "The token has no Ed25519 for messages of any length, so the audit key is ECDSA P-256: this program and"
        " VERIFY.txt check its checkpoints, tools for C2SP checkpoints do not."
    )


def _shown_so_pin() -> str:
    """Return a random SO PIN, shown once, before anything is made with it, to be sealed on paper."""
    so_pin = draw_so_pin(wire.SystemRandomness())
    said = wrapped("SO PIN: write it on paper now and seal it in a numbered bag; it is shown only once.")
    tell(f"{said}\n\n    {so_pin}\n")
    if ask.somebody():
        ask.text("Press Enter when it is written down.", "--so-pin-file FILE")
    return so_pin
