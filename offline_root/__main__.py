"""The console script `offline-root`."""

import sys


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    from offline_root.cli import run
    from offline_root.cli.streams import finish, prepare

    prepare()
    try:
        code = run(sys.argv[1:])
    except SystemExit as ended:  # --help, --version
        code = int(ended.code or 0)
    return finish(code)


if __name__ == "__main__":
    sys.exit(main())
