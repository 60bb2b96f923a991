"""A file that could not be read at all: a finding like any other, so that the rest of the batch goes on."""

from offline_root.findings import Severity, declare

UNREADABLE = declare(
    "request.file.unreadable",
    Severity.REFUSE,
    "The file could not be read",
    rule="request file format 1: a regular file",
    mend="Check the name and the stick. A request is a plain file: no link, no folder, no device.",
)
