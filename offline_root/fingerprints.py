"""Digests for people: groups of four hex digits."""


def groups(digest: str) -> str:
    """Return hex digits in groups of four, separated by spaces."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
