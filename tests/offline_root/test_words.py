"""The PGP word list: exactly the published one, and every slip of the tongue that its two lists can catch."""

import hashlib
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from offline_root.words import octets, words

EVEN = tuple(words(bytes([octet]))[0] for octet in range(256))
ODD = tuple(words(bytes([0, octet]))[1] for octet in range(256))

PUBLISHED = [
    # The two examples of the published list.
    (
        "E582 94F2 E9A2 2748 6E8B 061B 31CC 528F D7FA 3F19",
        (
            "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa "
            "afflict bravado chatter revolver Dupont midsummer stopwatch whimsical cowbell bottomless"
        ),
    ),
    (
        "D1D4 64C0 04F0 0FB5 C9A4 C8D8 E433 E7FB 7FF5 6256",
        (
            "stairway souvenir flytrap recipe adrift upcoming artist positive spearhead Pandora "
            "spaniel stupendous tonic concurrent transit Wichita lockup visitor flagpole escapade"
        ),
    ),
    # Ends of both lists.
    ("0000 FFFF", "aardvark adroitness Zulu Yucatan"),
    ("", ""),
]


class TestLists:
    def test_have_256_words_each(self) -> None:
        assert (len(EVEN), len(ODD)) == (256, 256)
        assert len(files("offline_root").joinpath("pgp_words.txt").read_text("ascii").splitlines()) == 256

    def test_are_disjoint_and_without_doubles(self) -> None:
        assert len({word.lower() for word in EVEN + ODD}) == 512

    @pytest.mark.parametrize("listed", [EVEN, ODD], ids=["even", "odd"])
    def test_are_sorted(self, listed: tuple[str, ...]) -> None:
        """As printed: 'applicant' stands before 'Apollo', the one place out of order."""
        lowered = [word.lower() for word in listed]
        out_of_order = [pair for pair in pairwise(lowered) if pair[0] >= pair[1]]
        assert out_of_order == ([("applicant", "apollo")] if listed is ODD else [])

    @pytest.mark.parametrize("listed", [EVEN, ODD], ids=["even", "odd"])
    def test_are_plain_letters(self, listed: tuple[str, ...]) -> None:
        assert all(word.isascii() and word.isalpha() and word in {word.lower(), word.capitalize()} for word in listed)

    def test_are_as_compared_with_other_transcriptions(self) -> None:
        """Word by word in the review; a later slip of the keyboard shows here."""
        together = "".join(f"{even} {odd}\n" for even, odd in zip(EVEN, ODD, strict=True))
        digest = hashlib.sha256(together.encode()).hexdigest()
        assert digest == "f816e91d6148165fc67361aa1886eb71ad6b19c9d65673ca40fa96e160f02f5a"


@pytest.mark.parametrize(("digits", "spoken"), PUBLISHED, ids=["first", "second", "ends", "empty"])
class TestPublished:
    def test_words(self, digits: str, spoken: str) -> None:
        assert " ".join(words(bytes.fromhex(digits))) == spoken

    def test_octets(self, digits: str, spoken: str) -> None:
        assert octets(spoken.split()) == bytes.fromhex(digits)

    def test_capitals_do_not_matter(self, digits: str, spoken: str) -> None:
        assert octets(spoken.lower().split()) == octets(spoken.upper().split()) == bytes.fromhex(digits)


@given(st.binary(max_size=64))
def test_words_lead_back_to_the_octets(data: bytes) -> None:
    spoken = words(data)
    assert len(spoken) == len(data)
    assert octets(spoken) == data


@pytest.mark.parametrize(
    ("spoken", "message"),
    [
        ("ardvark", "word 1, 'ardvark', is not in the PGP word list"),
        ("aardvark adviser Zullu Yukatan", "word 3, 'Zullu', is not in the PGP word list"),
        ("aardvark \x1b[2J\u202e", "word 2, '<U+001B>[2J<U+202E>', is not in the PGP word list"),
        (
            "aardvark aardvark adviser",
            "word 2, 'aardvark', is the one before it once more, or a word between them is missing",
        ),
        (
            "absurd Yucatan Yucatan",
            "word 3, 'yucatan', is the one before it once more, or a word between them is missing",
        ),
        ("adviser aardvark Zulu", "words 1 and 2, 'adviser' and 'aardvark', are swapped"),
        ("adult alkali adviser Zulu acme", "words 3 and 4, 'adviser' and 'zulu', are swapped"),
        (
            "adroitness",
            "word 1, 'adroitness', is not one of two syllables: a word before it is missing, or two are swapped",
        ),
        (
            "aardvark absurd adviser Zulu",
            "word 2, 'absurd', is not one of three syllables: a word before it is missing, or two are swapped",
        ),
        (
            "aardvark absurd adviser",
            "word 2, 'absurd', is not one of three syllables: a word before it is missing, or two are swapped",
        ),
        (
            "aardvark absurd Zulu",
            "word 2, 'absurd', is not one of three syllables: a word before it is missing, or two are swapped",
        ),
        (
            "aardvark absurd nonsense",
            "word 2, 'absurd', is not one of three syllables: a word before it is missing, or two are swapped",
        ),
    ],
)
def test_the_first_wrong_word_is_named(spoken: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"\Aword") as raised:
        octets(spoken.split(" "))
    assert str(raised.value) == message


class TestSlips:
    """Each at every place but the very end, where only the number of words can tell."""

    @given(st.binary(min_size=2, max_size=40), st.data())
    def test_a_word_left_out(self, data: bytes, draw: st.DataObject) -> None:
        spoken = list(words(data))
        del spoken[draw.draw(st.integers(0, len(spoken) - 2))]
        with pytest.raises(ValueError, match=r"missing|swapped"):
            octets(spoken)

    @given(st.binary(min_size=1, max_size=40), st.data())
    def test_a_word_said_twice(self, data: bytes, draw: st.DataObject) -> None:
        spoken = list(words(data))
        place = draw.draw(st.integers(0, len(spoken) - 1))
        spoken.insert(place, spoken[place])
        with pytest.raises(ValueError, match=f"^word {place + 2}, .* is the one before it once more, "):
            octets(spoken)

    @given(st.binary(min_size=3, max_size=40), st.data())
    def test_two_neighbours_swapped(self, data: bytes, draw: st.DataObject) -> None:
        spoken = list(words(data))
        # A word that stands there twice makes a swap look like a repetition.
        assume(len(set(spoken)) == len(spoken))
        place = draw.draw(st.integers(0, len(spoken) - 3))
        spoken[place : place + 2] = reversed(spoken[place : place + 2])
        with pytest.raises(ValueError, match=f"^words {place + 1} and {place + 2}, .* are swapped$"):
            octets(spoken)

    @given(st.lists(st.sampled_from(EVEN + ODD), max_size=8))
    def test_words_at_random_are_octets_or_refused(self, spoken: list[str]) -> None:
        fits = all((word in ODD) == bool(position % 2) for position, word in enumerate(spoken))
        assume(not fits)
        with pytest.raises(ValueError, match=r"\Awords? \d"):
            octets(spoken)


def test_the_list_is_read_when_first_needed() -> None:
    program = "from offline_root import words; assert not words._lists.cache_info().misses; words.words(b'')"
    subprocess.run([sys.executable, "-c", program], check=True)
