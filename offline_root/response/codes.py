"""What `verify` can find in a response folder. All of them refuse: a response is whole, or it is none."""

from offline_root.findings import Code, Severity, declare

_AGAIN = "Take the folder from the stick again; if it is the same, ask the appliance for a new `export`."
_TAMPERED = "Do not use anything in this folder. Tell the people of the ceremony, and ask for a new `export`."


def _refuse(name: str, title: str, rule: str, mend: str) -> Code:
    return declare(f"response.{name}", Severity.REFUSE, title, rule=rule, mend=mend)


MISSING = _refuse("file-missing", "Every file of a response must be there", "response format 1", _AGAIN)
UNLISTED = _refuse("file-unlisted", "A response holds no other files", "response format 1", _TAMPERED)
CHANGED = _refuse("file-changed", "Every file must be as it was written", "response format 1", _AGAIN)
SIGNATURE = _refuse("signature", "The audit key must have signed SHA256SUMS", "RFC 8032; FIPS 186-5", _TAMPERED)
COMPLETE = _refuse("complete", "COMPLETE must name SHA256SUMS: it is written last", "response format 1", _AGAIN)
FORM = _refuse("form", "Every form of a certificate must hold the same certificate", "RFC 7468; RFC 5652", _TAMPERED)
LOG_CHAIN = _refuse("log", "The audit log must be one unbroken chain", "audit log format 1", _TAMPERED)
CHECKPOINT = _refuse("checkpoint", "Both checkpoints must be signed and fit the log", "C2SP tlog-checkpoint", _TAMPERED)
CRL = _refuse("crl", "The CRL must be the newest one that the log records", "RFC 5280 6.3.3", _TAMPERED)
UNKNOWN = _refuse(
    "certificate", "Each certificate must be signed by the root and recorded in the log", "RFC 5280 6.1.3", _TAMPERED
)
ANCHOR = _refuse(
    "anchor",
    "Root and audit key must be those of the anchor",
    "RFC 5280 6.1.1 (d)",
    "This folder is of another authority, or made by someone else. Do not use it; compare the anchor with paper.",
)
NO_ANCHOR = _refuse(
    "no-anchor",
    "Without an anchor nobody knows where a response comes from",
    "RFC 5280 6.1.1 (d)",
    "Give the anchor.json of the create ceremony: --anchor FILE. A folder that only fits itself, anyone can make.",
)
REHEARSAL = _refuse(
    "rehearsal",
    "The response of a rehearsal must not be used",
    "RFC 2606 2 (.invalid)",
    "Use the response of a real ceremony. To check a rehearsal itself, add --rehearsal.",
)
