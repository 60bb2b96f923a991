"""The console script `offline-root`."""

import sys


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    from offline_root.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
