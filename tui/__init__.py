"""The screens. They know the station and never the token, the stick or the disk."""

import os

from offline_root.desk import Desk


def run(desk: Desk) -> int:
    """Show the ceremony at a desk until people end it; return the exit code."""
    # Before Textual is imported: its environment variables could press keys, or write screens to disk.
    for name in [each for each in os.environ if each.startswith("TEXTUAL")]:
        del os.environ[name]
    from tui.app import CeremonyApp  # noqa: PLC0415

    app = CeremonyApp(desk)
    app.run()
    return app.return_code or 0
