"""What goes back to the sender of a request that was refused: every finding, and how to mend it."""

from textwrap import fill

from offline_root.display import visible
from offline_root.findings import Finding
from offline_root.model import Refused

_WIDTH = 100


def finding_text(finding: Finding) -> str:
    """Return one finding as a paragraph."""
    head = f"{finding.severity.value.upper()} {finding.code}" + (f" ({finding.field})" if finding.field else "")
    lines = (visible(finding.message), f"Rule: {finding.rule}", f"What to do: {finding.mend}")
    body = "\n".join(fill(line, _WIDTH, initial_indent="    ", subsequent_indent="    ") for line in lines)
    return f"{head}\n{body}\n"


def refusal(refused: Refused) -> str:
    """Return the text of `<file_name>-refused.txt`."""
    head = (
        f"This request was not signed.\n\n"
        f"File:        {visible(refused.file)}\n"
        f"Environment: {refused.environment}\n\n"
        f"Every finding is listed. Those marked REFUSE stand in the way; mend all of them in one go.\n"
    )
    return "\n".join((head, *(finding_text(each) for each in refused.findings)))
