"""`destroy`: the end of a root key."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from offline_root import destruction, wire
from offline_root.cli import ask
from offline_root.cli.ceremony import ceremony, check_out, closing_text, state_all
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, Outcome
from offline_root.cli.streams import tell
from offline_root.station import Station

SKELETON: dict[str, Any] = {"destroyed": None, "response": None}


def destroy(arguments: Namespace) -> Outcome:
    """Destroy the root key, with two confirmations, and deliver the log that says so."""
    given: list[str] = []

    def check(station: Station) -> None:
        check_out(arguments)
        destruction.check_key(station.state, destruction.DESTROY)
        given.extend(_confirmations(arguments, station))
        destruction.check_confirmation(station.state, *given)

    with ceremony(arguments, destruction.DESTROY, check) as station:
        left = destruction.consequences(station.state, station.entries)
        state_all(station, arguments)
        station.destroy(*given)
        gone = station.entries[-1].facts
        delivered = station.deliver(wire.WiredFolder(Path(arguments.out)))
        sheet = station.close("done")
    facts = {
        "destroyed": gone["key"],
        "search": gone["search"],
        "signature": gone["signature"],
        "response": str(delivered.path),
        "closing": sheet and sheet.head,
    }
    text = "".join(
        (
            f"DESTROYED: the root key {gone['key']}\n\n",
            wrapped(f"The token, asked for it: {gone['search']}") + "\n",
            wrapped(f"The token, asked to sign with it: {gone['signature']}") + "\n\n",
            *(f"{wrapped(each)}\n" for each in left[1:]),
            f"\nRESPONSE\n    {delivered.path}\n",
        )
    )
    return Outcome(DONE, facts, text, closing_text(sheet))


def _confirmations(arguments: Namespace, station: Station) -> tuple[str, str]:
    """Return both, from the options or as a person types them after reading what it means."""
    if arguments.certificate is None or arguments.confirm_name is None:
        tell("\n".join(wrapped(each) for each in destruction.consequences(station.state, station.entries)))
    certificate = arguments.certificate
    if certificate is None:
        certificate = ask.text("SHA-256 of the root certificate, from the anchor on paper:", "--confirm HEX")
    name = arguments.confirm_name
    if name is None:
        name = ask.text("The name of the authority whose root key is to be destroyed:", "--confirm-name NAME")
    return certificate, name
