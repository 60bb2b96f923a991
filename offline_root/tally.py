"""A device's own log, drained into ours before it is full, and its number of signatures held against ours.

A token without such a log has nothing to drain. One that has says what was signed with it since it was last read, by
whomever: more than this log asked for is an alarm, and so are entries that are missing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from offline_root.alarm import check_calm
from offline_root.alarm import record as raise_alarms
from offline_root.audit.entry import Entry, Facts
from offline_root.audit.ledger import Ledger
from offline_root.audit.watch import Alarm, Evidence
from offline_root.ports import Token
from offline_root.token_facts import DeviceLog, KeyFacts

DRAINED = "device-log-drained"
ROOM = 15
"""Signatures between two drains. Each takes three of the device's 62 entries at most: it signs, keeps, deletes."""

SET_UP, OPENING, WORK, CLOSING = "set-up", "opening", "work", "closing"
_OTHER = "other"
"""Whatever key is none of ours."""

_BEGINNINGS = ("token-initialized", "log-restored")
"""After these nothing is known of what the device did before: its log is taken as it is."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often a key can have signed; without `most`, nobody can say."""

    least: int
    most: int | None

    def __contains__(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


class Tally:
    """Counts what is asked of the keys of a token. `key_ids` gives CKA_ID of each key by its role."""

    def __init__(self, token: Token, ledger: Ledger, key_ids: dict[str, bytes]) -> None:
        """Know nothing yet: what came before the first drain stands in the log."""
        self._token = token
        self._ledger = ledger
        self._key_ids = key_ids
        self._tried: Counter[bytes] = Counter()
        self._signed: Counter[bytes] = Counter()
        self._counting = False

    def sign(self, key: KeyFacts, algorithm: str, message: bytes) -> bytes:
        """Let a key sign, and count it (TokenError)."""
        self._tried[key.key_id] += 1
        signature = self._token.sign(key, algorithm, message)
        self._signed[key.key_id] += 1
        return signature

    def make_room(self) -> None:
        """Drain the device's log where the next signatures could find it full (TokenError, AlarmStands)."""
        if self._tried.total() >= ROOM:
            self._settle(WORK)

    def drain(self, at: str) -> None:
        """Record what the device logged since it was last read, and an alarm where that cannot be (TokenError)."""
        self._token.drain(last_entry(self._ledger.log.entries), self._recording(at))
        self._tried.clear()
        self._signed.clear()
        self._counting = True

    def begin(self) -> None:
        """Record what the device logged before anything is counted (TokenError)."""
        self.drain(SET_UP)

    def close(self) -> None:
        """Drain the device's log for the last time before a checkpoint (TokenError, AlarmStands)."""
        self._settle(CLOSING)

    def _settle(self, at: str) -> None:
        self.drain(at)
        check_calm(self._ledger.state)

    def _recording(self, at: str) -> Callable[[DeviceLog], None]:
        def record(found: DeviceLog) -> None:
            roles = {key_id: role for role, key_id in self._key_ids.items()}
            signed = Counter(roles.get(each.signed_with, _OTHER) for each in found.entries if each.signed_with)
            bounds = None if at == SET_UP else self._bounds()
            wrong = () if bounds is None else tuple(_differences(signed, bounds, found))
            about: Facts = {
                "at": at,
                "signatures": {role: signed[role] for role in (*self._key_ids, _OTHER)},
                "entries": [each.octets.hex() for each in found.entries],
                "unlogged": found.unlogged,
                "compared": "yes" if bounds else "no: nothing is known of what came before",
            }
            self._ledger.record(DRAINED, about)
            last = last_entry(self._ledger.log.entries)
            heard = Evidence("device's own log", int.from_bytes(last[:2]), last.hex())
            raise_alarms(self._ledger, [Alarm(heard, reason) for reason in wrong])

        return record

    def _bounds(self) -> dict[str, Bounds] | None:
        """Return how often each key can have signed since the last drain; None where that cannot be said."""
        if self._counting:
            return {role: Bounds(self._signed[key], self._tried[key]) for role, key in self._key_ids.items()}
        since = _since_drained(self._ledger.log.entries)
        return {role: _logged(role, since) for role in self._key_ids} if since else None


def last_entry(entries: Sequence[Entry]) -> bytes:
    """Return the entry of the device's log that was drained last; nothing where there is none, or of another device."""
    for each in reversed(entries):
        if each.event == "token-initialized":
            return b""
        kept = each.facts.get("entries")
        if each.event == DRAINED and isinstance(kept, Sequence) and kept:
            return bytes.fromhex(str(kept[-1]))
    return b""


def _since_drained(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the lines since the device's log was drained, that one first; none where nothing is known of it."""
    for place in reversed(range(len(entries))):
        if entries[place].event in _BEGINNINGS:
            break
        if entries[place].event == DRAINED:
            return entries[place:]
    return ()


def _logged(role: str, since: Sequence[Entry]) -> Bounds:
    """Return how often a key can have signed by these lines, of which some may have had no time to be written."""
    at = since[0].facts["at"]
    if role != "root":
        # Only the checkpoint that closes a ceremony is signed after the last drain. One that ended early: who knows.
        return Bounds(0, 1 if at == CLOSING else None)
    events = Counter(each.event for each in since)
    proven = sum(each.event == "token-opened" and bool(each.facts.get("proven")) for each in since)
    ended = events["certificate-issued"] + events["crl-issued"] + proven
    return Bounds(ended, events["signing-started"] + (at == OPENING))


def _differences(signed: Counter[str], bounds: dict[str, Bounds], found: DeviceLog) -> Iterator[str]:
    if not found.whole:
        yield "GAP: entries are missing in the device's own log. Somebody drained it, and may have signed before."
    for role, can in {**bounds, _OTHER: Bounds(0, 0)}.items():
        if signed[role] not in can:
            yield (
                f"SIGNATURES: the device says that its {role} key signed {signed[role]} times since its log was last"
                f" read; by this log it was {can}. Somebody used it without this log, or this log is not the newest."
            )
