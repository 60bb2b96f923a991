"""Shares between the screens and the custodians: shown alone, typed back, entered one after the other."""

from collections.abc import Awaitable, Callable, Sequence

from offline_root.shares import BadShare, Share, ShareSet, Splitting, all_entered, card_asked, read_of, typed_back
from tui.frame import Frame
from tui.screens.card import CardScreen
from tui.screens.share import ShareScreen
from tui.stage import Stage

Leave = Callable[[], Awaitable[bool]]
"""Asks whether the ceremony is to end here."""


async def entered(stage: Stage, frame: Frame, sets: Sequence[ShareSet], leave: Leave) -> tuple[Share, ...]:
    """Let one custodian after the other type a share of one of the sets; none if people leave."""
    shares: tuple[Share, ...] = ()
    error: BadShare | None = None
    while not all_entered(sets, shares):
        typed = await stage.show(ShareScreen(frame, card_asked(sets, shares), error))
        error = None
        if typed is None:
            if await leave():
                return ()
            continue
        try:
            shares = (*shares, read_of(typed, sets, shares))
        except BadShare as bad:
            error = bad
    return shares


async def handed_out(stage: Stage, frame: Frame, splitting: Splitting, leave: Leave) -> tuple[Share, ...]:
    """Show each share alone to its custodian, until it comes back from the card; none if people leave."""
    back: tuple[Share, ...] = ()
    for share in splitting.shares:
        while (typed := await _written(stage, frame, share, splitting.kept)) is None:
            if await leave():
                return ()
        back += (typed,)
    return back


async def _written(stage: Stage, frame: Frame, share: Share, kept: ShareSet) -> Share | None:
    """Show one share and have it typed back as often as it takes; None for Esc."""
    label = kept.label(share.custodian)
    if not await stage.show(CardScreen(frame, label, f"custodian {share.custodian}", share.rows)):
        return None
    error: BadShare | None = None
    while (typed := await stage.show(ShareScreen(frame, f"{label}, from the card", error))) is not None:
        try:
            return typed_back(share, typed, kept)
        except BadShare as bad:
            error = bad
    return None
