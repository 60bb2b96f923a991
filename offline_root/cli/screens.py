"""The ceremony on screen, where there is a terminal. The screens themselves are given by whoever starts this."""

import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from offline_root.cli.ceremony import places
from offline_root.cli.outcome import Outcome, UsageError
from offline_root.config import read_appliance
from offline_root.desk import Desk, Ground, MachineDesk
from offline_root.home import Home
from offline_root.plugged import FolderStick, PluggedStick

Screens = Callable[[Desk | Ground], int]
"""Shows the ceremonies of a desk, or of a machine without an authority, until people end it; returns the exit code."""


def possible(arguments: Namespace) -> bool:
    """Say whether there are screens, and a terminal for them, and nobody wants JSON instead."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    at_terminal = all(each is not None and not each.closed and each.isatty() for each in streams)
    there = arguments.screens is not None and find_spec("textual") is not None
    return there and at_terminal and not arguments.json


def on_screen(arguments: Namespace) -> Outcome:
    """Hold a ceremony on screen (UsageError where that cannot be)."""
    if find_spec("textual") is None:
        raise UsageError(
            "offline-root: the screens are not installed on this machine.",
            "`pip install '.[appliance]'`, in the folder of this program, brings them."
            " verify, prepare, inspect and policy need none.",
        )
    if not possible(arguments):
        raise UsageError(
            "offline-root: without a verb it shows the ceremony on screen, which needs a terminal.",
            "`offline-root --help` shows how it is used.",
        )
    stick = PluggedStick() if arguments.stick is None else FolderStick(Path(arguments.stick).absolute())
    home = Home(Path(arguments.home))
    if not home.authorities():
        return Outcome(arguments.screens(Ground(home, read_appliance(home.path), stick)), {}, "")
    home, place, appliance = places(arguments)
    return Outcome(arguments.screens(MachineDesk(home, place, appliance, stick)), {}, "")
