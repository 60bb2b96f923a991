"""Revoking an intermediate: which one, why, and the words that confirm it."""

from collections.abc import Iterator, Sequence

from textual import on
from textual.widget import Widget

from offline_root.checks.approval import DIGITS
from offline_root.errors import StationError
from offline_root.fingerprints import groups
from offline_root.issue import load
from offline_root.model import Issued, Reason, serial_text
from offline_root.moments import utc_text
from offline_root.revocation import MEANINGS
from tui.frame import Frame, Listing, Page
from tui.layout import Below, Block, Hanging
from tui.safe_text import beside, literal, safe, told
from tui.widgets import Choice, Entry, Field, Passage, refused

REASONS = tuple(Reason)
_LABEL = 18


class IntermediatesScreen(Listing):
    """Return the number of the intermediate that is to be revoked, None for Esc."""

    TITLE_TEXT = literal("Revoke")
    NEXT = literal("arrow keys and Enter choose the intermediate · Esc ends the ceremony")

    def __init__(self, frame: Frame, issued: Sequence[Issued]) -> None:
        super().__init__(frame)
        self._issued = issued
        if not issued:
            self.NEXT = literal("Esc ends the ceremony")

    def body(self) -> Iterator[Widget]:
        """Give the list."""
        if not self._issued:
            yield Passage(literal("There is no intermediate that could be revoked.", "bold"))
            return
        yield Passage(
            Below(
                literal("Which intermediate is to be revoked? It is final: there is no way back.", "bold"),
                literal("Compare the serial with the certificate on the online CA."),
            )
        )
        yield Choice(_intermediate(each) for each in self._issued)


class ReasonScreen(Listing):
    """Return the place of the reason in REASONS, None for Esc."""

    TITLE_TEXT = literal("Reason")
    NEXT = literal("arrow keys and Enter choose the reason · Esc back")

    def __init__(self, frame: Frame, issued: Issued) -> None:
        super().__init__(frame)
        self._issued = issued

    def body(self) -> Iterator[Widget]:
        """Give the reasons with what each of them says."""
        yield Passage(Below(_intermediate(self._issued), literal("Why? The reason stands on the CRL for good.")))
        yield Choice(Below(told(each.value, "bold"), Hanging(literal(""), told(MEANINGS[each]), 2)) for each in REASONS)


class ConfirmScreen(Page[str]):
    """Return what was typed to confirm, None for Esc. `error` is what was wrong with it the last time."""

    TITLE_TEXT = literal("Confirm")
    NEXT = literal("type it and press Enter: it is revoked, for good · Esc back")

    def __init__(self, frame: Frame, issued: Issued, reason: Reason, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._issued, self._reason, self._error = issued, reason, error

    def body(self) -> Iterator[Widget]:
        """Give the certificate once more, and the entry."""
        yield from refused(self._error)
        half = len(self._issued.sha256) // 2
        digest = Below(told(groups(self._issued.sha256[:half])), told(groups(self._issued.sha256[half:])))
        yield Passage(
            Below(
                _intermediate(self._issued),
                Hanging(literal("SHA-256"), digest, _LABEL),
                Hanging(literal("Reason"), told(self._reason.value), _LABEL),
            )
        )
        yield Field(literal("Serial or SHA-256"), Entry(id="confirm"), last=True)
        yield Passage(
            beside(literal("Of the SHA-256, the first "), told(str(DIGITS)), literal(" digits. This cannot be undone."))
        )

    @on(Entry.Done)
    def done(self) -> None:
        """Return what was typed."""
        self.dismiss(self.query_one("#confirm", Entry).value)


def _intermediate(issued: Issued) -> Block:
    until = utc_text(load(issued.certificate).not_valid_after_utc)[:10]
    return Hanging(
        safe(issued.environment, "bold"),
        Below(
            told(serial_text(issued.serial)),
            beside(literal("issued "), told(issued.time[:10]), literal(" · until "), told(until)),
        ),
        _LABEL,
    )
