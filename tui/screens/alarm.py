"""An alarm: what remembers another log, what that means, and the ways out. Loud, and in words."""

from typing import ClassVar

from textual.content import Content

from offline_root.alarm import AlarmStands
from offline_root.errors import StationError
from tui.frame import Frame
from tui.safe_text import literal
from tui.screens.problem import ProblemScreen

LOUD = literal("*** ALARM *** NOTHING IS SIGNED ***", "bold")


class AlarmScreen(ProblemScreen):
    """Return True when it was read and Enter pressed, None for Esc."""

    TITLE_TEXT = literal("ALARM")
    HEAD: ClassVar[Content] = LOUD


def told_of(frame: Frame, error: StationError) -> ProblemScreen:
    """Return the screen that tells of an error."""
    return AlarmScreen(frame, error) if isinstance(error, AlarmStands) else ProblemScreen(frame, error)
