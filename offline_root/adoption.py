"""A policy that replaces the one in force: what differs, and what may not."""

import difflib

from offline_root.errors import PolicyError
from offline_root.policy.model import Policy


def difference(old: str, new: str) -> str:
    """Return the difference between two policy texts, line by line: unified, with one line around each change.

    Empty only for equal texts: a line ends with a line feed and nothing else.
    """
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), "in force", "new", lineterm="", n=1)
    return "\n".join(lines)


def check_adoption(old: Policy, new: Policy) -> None:
    """Refuse a policy that changes what was fixed when the root was made (PolicyError)."""
    if (old.ceremony.activation, old.ceremony.shares) != (new.ceremony.activation, new.ceremony.shares):
        raise PolicyError(
            "The new policy changes ceremony.activation or ceremony.shares.",
            meaning="What opens the token was fixed when the token was made: a policy that says another number of"
            " custodians would only pretend. Nothing was changed.",
            mend="Write activation and shares as they were, or make a new authority.",
            retry=True,
        )
    if old.root != new.root:
        raise PolicyError(
            "The new policy changes [root].",
            meaning="root.* is fixed at create: it is in the root certificate. Nothing was changed.",
            mend="Put back the [root] table of the policy in force, or make a new root.",
            retry=True,
        )
