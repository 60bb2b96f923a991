"""What a program left that was cut short: half a line of the log, a scratch token. The next opening records it."""

from offline_root.audit.ledger import Ledger
from offline_root.ports import Tokens

TORN, SWEPT = "torn-line-kept", "scratch-tokens-removed"


def record(ledger: Ledger, tokens: Tokens) -> None:
    """Record each torn line that was not told yet, and remove scratch tokens (TokenError)."""
    told = {str(each.facts["file"]) for each in ledger.log.entries if each.event == TORN}
    for name in sorted(ledger.log.torn.keys() - told):
        ledger.record(TORN, {"file": name, "octets": ledger.log.torn[name]})
    if left := tokens.sweep():
        ledger.record(SWEPT, {"count": left})
