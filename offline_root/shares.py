"""A secret in parts that people hold on cards, in words (SLIP-39): some of the parts give it back, fewer say nothing.

`shamir_mnemonic` draws the coefficients of its polynomials itself (`secrets.token_bytes`) and takes no source of
randomness; the secret and the number of the set are the caller's. It is loaded on first use: reading verbs need none.
No error and no repr holds a word.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import combinations
from typing import Any

from offline_root.audit.entry import Facts
from offline_root.errors import CeremonyError
from offline_root.ports import Randomness

SECRET_OCTETS = 32
WORDS = 33
"""How many words a share of 256 bits has."""
_COLUMNS = 3
_UNIQUE = 4
"""So many letters tell every word of the list from every other."""


class Purpose(Enum):
    """What a set of shares gives back. An even number of a set is that of a PIN, an odd one that of a backup."""

    PIN = "pin"
    BACKUP = "backup"

    @property
    def article(self) -> str:
        """Return what a share of it is called, with its article."""
        return "a PIN share" if self is Purpose.PIN else "a backup share"


class BadShare(CeremonyError):
    """What was typed is not a share that fits; `what` says why, and never what was typed."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what, meaning="It was not taken. No secret was put together.", mend=mend, retry=True)


@dataclass(frozen=True, slots=True)
class ShareSet:
    """A set as the log knows it: nothing secret. Its `number` is drawn at random, and is in the first words."""

    purpose: Purpose
    number: int
    needed: int
    made: int

    def facts(self) -> Facts:
        """Return what the log keeps of it: nothing of the secret."""
        numbers = {"set": self.number, "needed": self.needed, "made": self.made}
        return {"purpose": self.purpose.value, **{name: str(value) for name, value in numbers.items()}}

    def label(self, custodian: int) -> str:
        """Return what stands on the card of a custodian, above the words."""
        kind = self.purpose.value.upper()
        return f"{kind} SHARE {custodian} of {self.made} ({self.needed} needed), set {self.number}"


@dataclass(frozen=True, slots=True)
class Share:
    """One part, as a custodian holds it: the number of the set, of the custodian (from 1), and the words."""

    number: int
    custodian: int
    needed: int
    words: tuple[str, ...] = field(repr=False)

    @property
    def purpose(self) -> Purpose:
        """Return what it is a share of."""
        return Purpose.BACKUP if self.number & 1 else Purpose.PIN

    @property
    def rows(self) -> tuple[str, ...]:
        """Return the words with their places, as a card has them: column by column."""
        rows = -(-len(self.words) // _COLUMNS)
        cells = [f"{place:>2} {each:<12}" for place, each in enumerate(self.words, start=1)]
        return tuple("    ".join(cells[row::rows]).rstrip() for row in range(rows))


@dataclass(frozen=True, slots=True)
class Splitting:
    """A secret, just split and proven: every choice of as many shares as are needed gives it back."""

    kept: ShareSet
    shares: tuple[Share, ...] = field(repr=False)


@cache
def word_list() -> tuple[str, ...]:
    """Return all words that shares are made of, in alphabetical order."""
    from shamir_mnemonic.wordlist import WORDLIST

    return tuple(WORDLIST)


def completions(begun: str) -> tuple[str, ...]:
    """Return the words that begin with what was typed so far."""
    return tuple(each for each in word_list() if each.startswith(begun.lower()))


def split(secret: bytes, purpose: Purpose, *, needed: int, made: int, randomness: Randomness) -> Splitting:
    """Split a secret among `made` custodians, `needed` of whom can give it back; every such choice has been tried."""
    from shamir_mnemonic import EncryptedMasterSecret, split_ems

    drawn = int.from_bytes(randomness.octets(2)) >> 1
    kept = ShareSet(purpose, drawn & ~1 | (purpose is Purpose.BACKUP), needed, made)
    # Exponent 0: the stretching is for passphrases, and there is none.
    whole = EncryptedMasterSecret.from_master_secret(secret, b"", kept.number, extendable=True, iteration_exponent=0)
    (group,) = split_ems(1, [(needed, made)], whole)
    shares = tuple(Share(kept.number, each.index + 1, needed, tuple(each.words())) for each in group)
    if whole.decrypt(b"") != secret or any(_whole(chosen) != whole for chosen in combinations(shares, needed)):
        raise BadShare("The shares do not give the secret back.", "Restart the appliance; its memory may be bad.")
    return Splitting(kept, shares)


def read(typed: str, expected: ShareSet, entered: Sequence[Share] = ()) -> Share:
    """Return the share that was typed, of the set that is `expected` and not among those `entered` (BadShare).

    Four letters of a word are enough.
    """
    share = _read(typed)
    if share.purpose is not expected.purpose:
        raise BadShare(
            f"This is {share.purpose.article}; {expected.purpose.article} is needed here.",
            f"Look for the card that says {expected.purpose.value.upper()} SHARE, set {expected.number}.",
        )
    if (share.number, share.needed) != (expected.number, expected.needed):
        raise BadShare(
            f"This share is of set {share.number}; the set in use is {expected.number}.",
            f"Look for the card that says set {expected.number}. A card of an older set should be destroyed.",
        )
    if any(share.custodian == each.custodian for each in entered):
        raise BadShare(
            f"The share of custodian {share.custodian} was entered already.", "Let another custodian enter theirs."
        )
    return share


def read_of(typed: str, sets: Sequence[ShareSet], entered: Sequence[Share] = ()) -> Share:
    """Return the share that was typed, of one of several `sets`: that of those `entered` before (BadShare)."""
    first, *others = fitting(sets, entered)
    for each in others:
        with suppress(BadShare):
            return read(typed, each, entered)
    return read(typed, first, entered)


def fitting(sets: Sequence[ShareSet], entered: Sequence[Share]) -> Sequence[ShareSet]:
    """Return the sets that the next share may be of."""
    return [each for each in sets if not entered or each.number == entered[0].number]


def card_asked(sets: Sequence[ShareSet], entered: Sequence[Share]) -> str:
    """Return which card is asked for next; of two sets the newer one comes first."""
    wanted = fitting(sets, entered)
    numbers = " or ".join(str(each.number) for each in wanted)
    kind = wanted[0].purpose.value.upper()
    return f"{kind} SHARE of set {numbers}, custodian {len(entered) + 1} of {wanted[0].needed}"


def all_entered(sets: Sequence[ShareSet], entered: Sequence[Share]) -> bool:
    """Say whether as many shares as are needed were entered."""
    return bool(entered) and len(entered) >= fitting(sets, entered)[0].needed


def _read(typed: str) -> Share:
    from shamir_mnemonic import MnemonicError
    from shamir_mnemonic import Share as Words

    words = tuple(word(place, each) for place, each in enumerate(typed.split(), start=1))
    if len(words) != WORDS:
        raise BadShare(f"A share has {WORDS} words; {len(words)} were typed.", "Type all words of the card, in order.")
    try:
        told = Words.from_mnemonic(" ".join(words))
    except MnemonicError:
        raise BadShare(
            "The words do not belong together: at least one is not the one on the card, or two are exchanged.",
            "Compare each word with the card, and type the one that differs again.",
        ) from None
    if told.group_count != 1 or not told.extendable or told.iteration_exponent != 0:
        raise BadShare("These words are a share, but not one that this program made.", "Look for the right card.")
    return Share(told.identifier, told.index + 1, told.member_threshold, words)


def word(place: int, typed: str) -> str:
    """Return the word of the list that was typed, or begun with letters enough, at a `place` of a card (BadShare)."""
    found = completions(typed)
    if typed.lower() in found:
        return typed.lower()
    if len(found) == 1 and len(typed) >= _UNIQUE:
        return found[0]
    raise BadShare(f"Word {place} is not a word of the list.", "Read that word on the card again, letter by letter.")


def combine(shares: Sequence[Share], passphrase: bytes = b"") -> bytes:
    """Return the secret that as many shares as are needed give (BadShare). Shares of ours have no passphrase."""
    return bytes(_whole(shares).decrypt(passphrase))


def _whole(shares: Sequence[Share]) -> Any:  # noqa: ANN401 (the library has no types)
    from shamir_mnemonic import MnemonicError, decode_mnemonics, recover_ems

    try:
        return recover_ems(decode_mnemonics(" ".join(each.words) for each in shares))
    except MnemonicError:
        raise BadShare(
            "These shares do not give a secret: one of them is of another splitting, or there are too few.",
            "Let other custodians enter theirs, to find the one that does not fit; then make new shares.",
        ) from None


def entered(shares: Sequence[Share]) -> Facts:
    """Return what the log keeps of shares that custodians entered: who they were, by number."""
    first = shares[0]
    custodians = sorted(each.custodian for each in shares)
    return {"purpose": first.purpose.value, "set": str(first.number), "custodians": custodians}


def pin_of(shares: Sequence[Share]) -> str:
    """Return the PIN whose secret is in shares (BadShare): text that every token takes."""
    return combine(shares).hex()


def typed_back(share: Share, typed: str, kept: ShareSet) -> Share:
    """Return what a custodian typed back from the card, if it is the share that was shown (BadShare)."""
    back = read(typed, kept)
    if back != share:
        raise BadShare(
            f"This is the share of another custodian than {share.custodian}.", "Type the words of your own card."
        )
    return back


def check_all_back(splitting: Splitting, typed: Sequence[Share]) -> None:
    """Refuse to rely on a splitting whose cards did not all come back as they were shown (BadShare)."""
    if tuple(typed) != splitting.shares:
        raise BadShare(
            "Not every custodian has typed the card back.", "Destroy the cards of this set, and begin again."
        )
