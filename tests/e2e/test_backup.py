"""Backup of the root key on SoftHSM, whose PIN is in shares too: made, proven, opened with standard tools."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest

from offline_root.backup_file import read_backup
from offline_root.backup_txt import OPEN_TXT
from offline_root.shares import Purpose, ShareSet, combine, read
from tests.appliance import Appliance, Done, example_policy
from tests.custodians import Custodians

pytestmark = pytest.mark.e2e

POLICY = example_policy().replace('activation = "pin" ', 'activation = "shares"\nshares = "2 of 3"\nbackup = "3 of 5" ')
NO_PIN = {"pin_file": None}


class Kept:
    """An authority with a backup: the people who hold the cards of the PIN, those of the backup, and the file."""

    def __init__(self, base: Path) -> None:
        self.appliance = Appliance(base)
        self.pins, self.backups = Custodians(), Custodians(mistyped=1)
        with self.pins.present():
            made = self.appliance.create(POLICY, **NO_PIN)
        assert made.code == 0, made.err
        with self.backups.present():
            self.done = self.call("backup", "--out", base / "vault")
        assert self.done.code == 0, self.done.err
        self.folder = Path(self.done.json["backup"])
        self.file = self.folder / "root-key.backup"

    def call(self, *arguments: str | Path) -> Done:
        """Run a ceremony, opened with two cards of the PIN."""
        cards = self.pins.files(self.appliance.base, 1, 3)
        return self.appliance.call(*arguments, *self.appliance.ceremony(**NO_PIN), *cards)

    def shares(self, *numbers: int) -> bytes:
        """Return the secret that some cards give."""
        expected = ShareSet(Purpose.BACKUP, self.done.json["set"], 3, 5)
        return combine([read(self.backups.cards[each], expected) for each in numbers])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


def test_each_card_says_what_it_is_for_and_is_typed_back(kept: Kept) -> None:
    assert sorted(kept.backups.cards) == [1, 2, 3, 4, 5]
    number = kept.done.json["set"]
    assert kept.backups.labels[4] == f"BACKUP SHARE 4 of 5 (3 needed), set {number}"
    assert kept.pins.labels[1].startswith("PIN SHARE 1 of 3")
    backs = [each for each in kept.backups.asked if "from the card" in each and each.startswith("BACKUP SHARE")]
    assert [each[:14] for each in backs] == [f"BACKUP SHARE {each}" for each in (1, 1, 2, 3, 4, 5)]


def test_the_log_says_what_was_proven_and_what_it_means(kept: Kept) -> None:
    (told,) = [each for each in kept.appliance.entries() if each["event"] == "key-backed-up"]
    assert (told["choices_tried"], told["needed"], told["made"]) == (10, "3", "5")
    assert told["file_sha256"] == sha256(kept.file.read_bytes()).hexdigest() == kept.done.json["sha256"]
    assert told["scratch_token"] not in ("", kept.appliance.entries()[2]["serial"])
    assert "whoever has its folder and the PIN has the key" in told["means"]
    assert kept.appliance.events()[-5:-1] == ["shares-made", "key-backed-up", "statement-made", "statement-made"]
    assert kept.appliance.log_is_whole()


def test_the_secret_and_the_words_are_nowhere(kept: Kept) -> None:
    secret = kept.shares(1, 2, 3)
    places = [each for each in kept.appliance.base.rglob("*") if each.is_file()]
    assert kept.file in places
    forms = (secret, secret.hex().encode())
    assert not [each for each in places if any(form in each.read_bytes() for form in forms)]
    for card in kept.backups.cards.values():
        tail = " ".join(card.split()[4:8]).encode()
        assert not [each for each in places if tail in each.read_bytes()]


def test_the_key_can_leave_wrapped_and_never_in_the_clear(kept: Kept) -> None:
    root, audit = [each for each in kept.appliance.entries() if each["event"] == "key-generated"]
    assert root["attributes"]["CKA_EXTRACTABLE"] == root["attributes"]["CKA_SENSITIVE"] == "true"
    assert audit["attributes"]["CKA_EXTRACTABLE"] == "false"


def test_it_opens_without_this_program_as_the_page_beside_it_says(kept: Kept, tmp_path: Path) -> None:
    """Both ways of OPEN.txt, typed as printed: Python's packages, and openssl."""
    for each in kept.folder.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    assert (tmp_path / "OPEN.txt").read_text() == OPEN_TXT
    cards = [kept.backups.cards[each] for each in (5, 1, 3)]
    (tmp_path / "shares.txt").write_text("\n".join(cards) + "\n")
    python, openssl, last = re.findall(
        r"\n\n((?:    .*\n(?:\n(?=    ))?)+)", OPEN_TXT.partition("WITHOUT THE PROGRAM")[2]
    )
    printed = [re.sub("^    ", "", each, flags=re.MULTILINE) for each in (python, openssl, last)]

    def typed(lines: str) -> str:
        command = ["bash", "-ec", lines.replace("python3", sys.executable)]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    typed(printed[0])
    first = (tmp_path / "root-key.der").read_bytes()
    (tmp_path / "root-key.der").unlink()
    typed(printed[1])
    assert (tmp_path / "root-key.der").read_bytes() == first
    found, said = typed(printed[2]).splitlines()
    assert found.split()[0] == said == kept.done.json["key_sha256"]


def test_every_choice_of_cards_gives_one_secret(kept: Kept) -> None:
    assert len({kept.shares(*chosen) for chosen in combinations(range(1, 6), 3)}) == 1


def test_the_file_holds_no_secret_and_says_what_it_is(kept: Kept) -> None:
    backup = read_backup(kept.file.read_bytes())
    assert (backup.authority, backup.origin, backup.method) == ("root", "offline-root/root", "AES-KWP (RFC 5649)")
    assert backup.module.startswith("SoftHSM project SoftHSM v2")
    assert (backup.shares.needed, backup.shares.made) == (3, 5)
    assert json.loads(kept.file.read_text())["format"] == "offline-root backup 1"


def test_a_key_without_a_backup_in_its_policy_never_leaves(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    assert appliance.create(example_policy()).code == 0
    (root, _) = [each for each in appliance.entries() if each["event"] == "key-generated"]
    assert root["attributes"]["CKA_NEVER_EXTRACTABLE"] == "true"
    before = appliance.events()
    with Custodians().present():
        done = appliance.call("backup", "--out", tmp_path / "vault", *appliance.ceremony())
    assert done.error["what"] == "The policy has no backup."
    adopted = tmp_path / "adopted.toml"
    adopted.write_text(example_policy().replace('activation = "pin" ', 'activation = "pin"\nbackup = "2 of 3" '))
    assert appliance.call("policy", "adopt", adopted, *appliance.ceremony()).code == 0
    with Custodians().present():
        done = appliance.call("backup", "--out", tmp_path / "vault", *appliance.ceremony())
    assert done.error["what"] == "This root key was made as one that can never leave its token."
    assert [each for each in appliance.events()[len(before) :] if "backed" in each or "shares" in each] == []


def test_a_backup_needs_people_and_a_key_that_the_module_wraps(kept: Kept, tmp_path: Path) -> None:
    before = kept.appliance.events()
    done = kept.call("backup", "--out", tmp_path / "vault")
    assert done.error["what"] == "There is nobody to hand shares to."
    assert kept.appliance.events() == before
    ed25519 = example_policy("ed25519").replace('activation = "pin" ', 'activation = "pin"\nbackup = "2 of 3" ')
    done = Appliance(tmp_path).create(ed25519)
    assert done.error["what"] == "This module makes no backup of a key of kind ed25519."
