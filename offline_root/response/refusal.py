"""What goes back to the sender of a request that was refused: every finding, and how to mend it."""

from textwrap import fill

from offline_root.display import visible
from offline_root.findings import Finding, by_weight
from offline_root.model import Refused

_WIDTH = 80
_INDENT = "    "


def finding_text(finding: Finding) -> str:
    """Return one finding as a paragraph."""
    about = f" ({visible(finding.field)})" if finding.field else ""
    head = f"{finding.severity.value.upper()} {finding.code}{about}"
    lines = (visible(finding.message), f"Rule: {finding.rule}", f"What to do: {finding.mend}")
    body = "\n".join(map(_indented, lines))
    return f"{head}\n{body}\n"


def _indented(text: str) -> str:
    """Return a paragraph in which no name, command or address is broken."""
    return fill(
        text,
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def refusal(refused: Refused) -> str:
    """Return the text of `<file_name>-refused.txt`."""
    head = (
        f"This request was not signed.\n\n"
        f"File:        {visible(refused.file)}\n"
        f"Environment: {refused.environment}\n\n"
        f"Every finding is listed. Those marked REFUSE stand in the way; mend all of them in one go.\n"
    )
    return "\n".join((head, *map(finding_text, by_weight(refused.findings))))
