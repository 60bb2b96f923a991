"""The command line: the same verbs as on screen, for people and for programs.

Exit 0 done, 1 refused or failed, 2 usage. stdout is the result, stderr is for people; with `--json` stdout is exactly
one object.
"""

import traceback
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from offline_root.cli.interrupts import Interrupted
from offline_root.cli.outcome import USAGE, Outcome, UsageError, failed, show
from offline_root.cli.parser import parse
from offline_root.cli.screens import Screens
from offline_root.cli.streams import tell
from offline_root.display import visible_lines
from offline_root.errors import CeremonyError, StationError


def run(argv: Sequence[str], screens: Screens | None = None) -> int:
    """Do what `argv` says, print the outcome, and return the exit code (SystemExit after --help and --version).

    `screens` shows a ceremony, where `argv` asks for that and there is a terminal.
    """
    try:
        arguments = parse(argv)
        arguments.screens = screens
        outcome = _outcome(arguments)
        if arguments.closing:
            outcome = replace(outcome, facts={**outcome.facts, "closing": arguments.closing})
        return show(outcome, as_json=bool(arguments.json))
    except UsageError as error:
        facts = {"error": {"kind": "UsageError", "what": error.message, "next": error.mend}}
        return show(Outcome(USAGE, facts, "", f"{error.message}\n{error.mend}"), as_json="--json" in argv)


def _outcome(arguments: Namespace) -> Outcome:
    """Return how the verb ended; every way to end is an outcome (UsageError)."""
    outcome: Outcome
    try:
        outcome = arguments.run(arguments)
    except UsageError:
        raise
    except StationError as error:
        outcome = failed(error, arguments.skeleton)
    except KeyboardInterrupt:
        outcome = failed(Interrupted(), arguments.skeleton)
    except OSError as error:
        outcome = failed(_unusable(error), arguments.skeleton)
    except Exception as error:  # noqa: BLE001  # even a fault of this program ends in words, and in one JSON object
        tell(visible_lines(traceback.format_exc()))
        outcome = failed(_fault(error), arguments.skeleton)
    return outcome


def _unusable(error: OSError) -> CeremonyError:
    where = f"{error.filename} " if error.filename else "A file or folder "
    return CeremonyError(
        f"{where}cannot be used: {error.strerror}.",
        meaning="Whatever was done before is in the audit log.",
        mend="Check that HOME (--home) and the files named are there and belong to you, then try again.",
        retry=True,
    )


def _fault(error: Exception) -> CeremonyError:
    return CeremonyError(
        f"A fault of this program: {type(error).__name__}.",
        meaning="Whatever was done before is in the audit log.",
        mend="Keep the lines above for the people who maintain it. `offline-root status` says where things stand.",
        retry=False,
    )
