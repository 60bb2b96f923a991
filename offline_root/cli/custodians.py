"""Shares between the program and the custodians at a terminal: shown alone, typed back, entered one after the other."""

import sys
from collections.abc import Sequence

from offline_root.cli import ask
from offline_root.cli.layout import wrapped
from offline_root.cli.streams import tell
from offline_root.errors import CeremonyError
from offline_root.shares import (
    BadShare,
    Share,
    ShareSet,
    Splitting,
    all_entered,
    card_asked,
    fitting,
    read_of,
    typed_back,
)

OPTION = "--share-file FILE"


def check_somebody() -> None:
    """Refuse to make shares where nobody could read them (CeremonyError)."""
    if not ask.somebody():
        raise CeremonyError(
            "There is nobody to hand shares to.",
            meaning="Shares are shown on a terminal, one custodian after the other, and written nowhere else.",
            mend="Start this at a terminal, with all custodians in the room.",
            retry=True,
        )


def hand_out(splitting: Splitting) -> tuple[Share, ...]:
    """Show each share alone to its custodian, until it comes back from the card; return them as they came back."""
    back: tuple[Share, ...] = ()
    for share in splitting.shares:
        label = splitting.kept.label(share.custodian)
        _clear()
        ask.text(f"{label}: only custodian {share.custodian} looks at the screen from here on. Press Enter.", OPTION)
        while (typed := _written(label, share, splitting.kept)) is None:
            pass
        back += (typed,)
    _clear()
    return back


def _written(label: str, share: Share, kept: ShareSet) -> Share | None:
    _clear()
    table = "\n".join(f"    {each}" for each in share.rows)
    tell(f"{label}\n\n{table}\n")
    ask.text(
        f"Write the line above and the {len(share.words)} words on your card, in order. Then press Enter: the words"
        " go from the screen, and you type them back from the card; four letters of each are enough.",
        OPTION,
    )
    _clear()
    try:
        return typed_back(share, ask.secret(f"{label}, from the card", OPTION, None), kept)
    except BadShare as bad:
        tell(wrapped(f"{bad.what} {bad.mend}"))
        ask.text("Press Enter to see the words once more.", OPTION)
        return None


def _clear() -> None:
    """Empty the terminal, and what it keeps of lines that went off its top."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[2J\x1b[3J\x1b[H")
        sys.stderr.flush()


def from_files(sets: Sequence[ShareSet], files: Sequence[str]) -> tuple[Share, ...]:
    """Return the shares of one of several sets in files, one in each (CeremonyError)."""
    shares: tuple[Share, ...] = ()
    for file in files:
        shares = (*shares, read_of(ask.secret("Share", OPTION, file), sets, shares))
    return _enough(fitting(sets, shares)[0], shares)


def _enough(kept: ShareSet, shares: tuple[Share, ...]) -> tuple[Share, ...]:
    if len(shares) != kept.needed:
        raise BadShare(
            f"{kept.needed} shares of set {kept.number} are needed; {len(shares)} were given.",
            f"Give one {OPTION} for each of {kept.needed} custodians.",
        )
    return shares


def entered(sets: Sequence[ShareSet]) -> tuple[Share, ...]:
    """Return the shares that as many custodians as are needed type, one after the other; a bad one is asked again."""
    shares: tuple[Share, ...] = ()
    while not all_entered(sets, shares):
        try:
            shares = (*shares, read_of(ask.secret(card_asked(sets, shares), OPTION, None), sets, shares))
        except BadShare as bad:
            tell(wrapped(f"{bad.what} {bad.mend}"))
        else:
            tell(f"OK: the share of custodian {shares[-1].custodian}.")
    return shares
