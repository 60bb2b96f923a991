"""Shares: what is split comes back from every choice of enough custodians, and whatever does not fit is named."""

import secrets
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
import shamir_mnemonic
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import combine_mnemonics, generate_mnemonics

from offline_root import shares
from offline_root.shares import BadShare, Purpose, Share, ShareSet, Splitting, combine, read, split, typed_back

SECRET = bytes(range(1, 33))


class Drawn:
    """Randomness that is the same each time, for the number of the set."""

    def __init__(self, *numbers: int) -> None:
        self._numbers = list(numbers)

    def octets(self, count: int) -> bytes:
        return (self._numbers.pop(0) << 1).to_bytes(count)


def split_of(purpose: Purpose = Purpose.PIN, number: int = 1234, needed: int = 3, made: int = 5) -> Splitting:
    return split(SECRET, purpose, needed=needed, made=made, randomness=Drawn(number))


SPLITTING = split_of()
KEPT = SPLITTING.kept


def words(share: Share) -> str:
    return " ".join(share.words)


def refused(typed: str, expected: ShareSet = KEPT, entered: tuple[Share, ...] = ()) -> str:
    with pytest.raises(BadShare) as caught:
        read(typed, expected, entered)
    said = f"{caught.value.what} {caught.value.mend}"
    typed_words = typed.split()
    assert not [pair for pair in pairwise(typed_words) if " ".join(pair) in said]
    return caught.value.what


@pytest.mark.parametrize(("needed", "made"), [(2, 2), (2, 3), (3, 5), (5, 8), (16, 16)])
def test_every_choice_of_enough_custodians_gives_the_secret_back(needed: int, made: int) -> None:
    splitting = split_of(needed=needed, made=made)
    assert [each.custodian for each in splitting.shares] == list(range(1, made + 1))
    for chosen in combinations(splitting.shares, needed):
        assert combine(tuple(read(words(each), splitting.kept) for each in chosen)) == SECRET


@pytest.mark.parametrize("broken", ["decrypt", "recover_ems"])
def test_shares_that_do_not_give_the_secret_back_are_never_handed_out(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if broken == "decrypt":
        monkeypatch.setattr(shamir_mnemonic.EncryptedMasterSecret, "decrypt", lambda *_: bytes(32))
    else:
        monkeypatch.setattr(shamir_mnemonic, "recover_ems", lambda *_: None)
    with pytest.raises(BadShare, match="do not give the secret back"):
        split_of()


def test_one_share_too_few_gives_nothing() -> None:
    for chosen in combinations(SPLITTING.shares, 2):
        with pytest.raises(BadShare, match="too few"):
            combine(chosen)


def test_the_library_itself_puts_our_shares_together() -> None:
    """Whoever has the cards and SLIP-39 alone gets the secret back."""
    assert combine_mnemonics(words(each) for each in SPLITTING.shares[1:4]) == SECRET


def test_the_purpose_of_a_set_is_in_its_words() -> None:
    for number in range(1000, 1010):
        for purpose in Purpose:
            splitting = split_of(purpose, number)
            assert splitting.kept.purpose is purpose
            assert {each.purpose for each in splitting.shares} == {purpose}
            assert splitting.kept.number in {number, number ^ 1}
    assert KEPT.label(2) == "PIN SHARE 2 of 5 (3 needed), set 1234"


def test_a_wrong_word_is_named_by_its_place_alone() -> None:
    for place in (1, 7, 33):
        typed = list(SPLITTING.shares[0].words)
        typed[place - 1] = "zzzzzz"
        assert refused(" ".join(typed)) == f"Word {place} is not a word of the list."


def test_another_word_of_the_list_is_noticed_wherever_it_stands() -> None:
    share = SPLITTING.shares[0]
    for place in range(33):
        other = next(each for each in shares.word_list() if each != share.words[place])
        typed = (*share.words[:place], other, *share.words[place + 1 :])
        assert "not the one on the card" in refused(" ".join(typed))


def test_exchanged_words_and_a_missing_word_are_noticed() -> None:
    first, *rest = SPLITTING.shares[0].words
    assert "two are exchanged" in refused(" ".join([rest[0], first, *rest[1:]]))
    assert refused(" ".join(rest)) == "A share has 33 words; 32 were typed."
    assert refused("") == "A share has 33 words; 0 were typed."


def test_shares_of_pin_and_backup_are_never_mixed_up() -> None:
    backup = split_of(Purpose.BACKUP)
    assert refused(words(backup.shares[0])) == "This is a backup share; a PIN share is needed here."
    assert refused(words(SPLITTING.shares[0]), backup.kept) == "This is a PIN share; a backup share is needed here."


def test_a_share_of_another_set_is_named() -> None:
    other = split_of(number=4322)
    assert refused(words(other.shares[0])) == "This share is of set 4322; the set in use is 1234."


def test_a_share_that_was_entered_already_is_named() -> None:
    one, two, *_ = SPLITTING.shares
    assert refused(words(two), entered=(one, two)) == "The share of custodian 2 was entered already."


def test_a_share_of_a_set_with_the_same_number_does_not_pass_for_ours() -> None:
    """One in 16384 other sets has the same number: the digest in the secret notices."""
    other = split_of()
    mixed = (SPLITTING.shares[0], SPLITTING.shares[1], read(words(other.shares[2]), KEPT))
    with pytest.raises(BadShare, match="another splitting"):
        combine(mixed)


def test_a_share_that_another_program_made_is_none_of_ours() -> None:
    ((foreign, *_),) = generate_mnemonics(1, [(3, 5)], SECRET)
    assert "not one that this program made" in refused(foreign)
    (_, (grouped, *_)) = generate_mnemonics(2, [(2, 2), (2, 3)], SECRET, iteration_exponent=0)
    assert "not one that this program made" in refused(grouped)


def test_four_letters_of_a_word_and_capitals_are_enough() -> None:
    share = SPLITTING.shares[0]
    assert read(" ".join(each[:4].upper() for each in share.words), KEPT) == share
    assert len({each[:4] for each in shares.word_list()}) == len(shares.word_list())


def test_words_are_completed() -> None:
    assert shares.completions("Acad") == ("academic",)
    assert len(shares.completions("a")) > 10
    assert shares.completions("zzz") == ()
    assert shares.completions("") == shares.word_list()


def test_a_custodian_types_back_the_own_card() -> None:
    one, two, *_ = SPLITTING.shares
    typed_back(one, words(one), KEPT)
    with pytest.raises(BadShare, match="another custodian than 1"):
        typed_back(one, words(two), KEPT)


def test_no_repr_shows_a_word() -> None:
    assert repr(SPLITTING.shares[0]) == "Share(number=1234, custodian=1, needed=3)"
    assert "shares=" not in repr(SPLITTING)


def test_a_memory_that_fails_while_splitting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shares._whole
    monkeypatch.setattr(shares, "_whole", lambda chosen: replace(whole(chosen), ciphertext=bytes(32)))
    with pytest.raises(BadShare, match="do not give the secret back"):
        split_of()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from((*shares.word_list()[:40], "x", "…", "\0")), max_size=40).map(" ".join))
def test_whatever_is_typed_is_refused_in_words_or_is_a_share(typed: str) -> None:
    with pytest.raises(BadShare):
        read(typed, KEPT)


def test_the_secret_is_random_in_the_shares() -> None:
    """Two splittings of one secret under one number have no share in common: the library draws afresh."""
    assert not set(split_of().shares) & set(split_of().shares)
    assert secrets.compare_digest(combine(split_of().shares[:3]), SECRET)
