"""The screens. They know the station and never the token, the stick or the disk."""

import os

from offline_root.desk import Desk, Ground


def run(at: Desk | Ground) -> int:
    """Show the ceremonies of a desk, or how an authority comes here, until people end it; return the exit code."""
    # Before Textual is imported: its environment variables could press keys, or write screens to disk.
    for name in [each for each in os.environ if each.startswith("TEXTUAL")]:
        del os.environ[name]
    from tui.app import CeremonyApp  # noqa: PLC0415

    app = CeremonyApp(at)
    app.run()
    return app.return_code or 0
