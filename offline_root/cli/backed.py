"""What people have to know of a backup that was made: where it is, what opens it, what comes next."""

from typing import Any

from offline_root.backup import Kept
from offline_root.cli.layout import digest, wrapped


def backup_facts(kept: Kept) -> dict[str, Any]:
    """Return a backup as JSON prints it."""
    backed = kept.backup
    return {
        "backup": str(kept.path),
        "sha256": kept.sha256,
        "key_sha256": backed.key,
        "set": backed.shares.number,
        "needed": backed.shares.needed,
        "shares": backed.shares.made,
    }


def backup_text(kept: Kept) -> str:
    """Return a backup in words, and what comes next."""
    shares = kept.backup.shares
    return (
        f"BACKED UP: the root key, in {kept.path}\n\n"
        + digest("the file, SHA-256", kept.sha256)
        + digest("the key in it", kept.backup.key)
        + "\n"
        + wrapped(
            f"It opens with {shares.needed} of the {shares.made} cards BACKUP SHARE of set {shares.number}, and with"
            " nothing else. That was tried with every choice of cards, in a scratch token, with a signature."
        )
        + "\n\n"
        + wrapped(f"WHAT IT MEANS that the key can leave its token: {kept.means}.")
        + "\n\n"
        + wrapped(
            "NEXT: copy the folder to where you will find it in ten years, apart from the cards. Seal each card in a"
            " numbered bag. Then `offline-root export`: a restore needs the log from a response, and no older one knows"
            " of this backup. Try `offline-root shares verify` with the custodians once a year."
        )
    )
