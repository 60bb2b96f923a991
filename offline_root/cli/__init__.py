"""The command line: the same verbs as on screen, for people and for programs.

Exit 0 done, 1 refused or failed, 2 usage. stdout is the result, stderr is for people; with `--json` stdout is exactly one object.
"""

import sys
from collections.abc import Sequence

from offline_root.cli.outcome import Outcome, failed, show
from offline_root.cli.parser import parse
from offline_root.errors import StationError


def run(argv: Sequence[str]) -> int:
    """Do what `argv` says, print the outcome, and return the exit code."""
    arguments = parse(argv)
    try:
        outcome: Outcome = arguments.run(arguments)
    except StationError as error:
        outcome = failed(error, arguments.skeleton)
    except KeyboardInterrupt:
        print("Interrupted. Nothing more was done; `offline-root status` says where things stand.", file=sys.stderr)
        return 1
    return show(outcome, as_json=arguments.json)
