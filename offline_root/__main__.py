"""The console script `offline-root`: starts the screens or the command line, and loads only what that takes."""

import sys

from offline_root.desk import Desk, Ground


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    from offline_root.cli import run
    from offline_root.cli.streams import finish, prepare

    prepare()
    try:
        code = run(sys.argv[1:], _screens)
    except SystemExit as ended:  # --help, --version
        code = int(ended.code or 0)
    return finish(code)


def _screens(at: Desk | Ground) -> int:
    """Show the ceremony; Textual is loaded now and not before."""
    import tui

    return tui.run(at)


if __name__ == "__main__":
    sys.exit(main())
