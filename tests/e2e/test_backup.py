"""Backup of the root key on SoftHSM, whose PIN is in shares too: made, proven, opened with standard tools."""

import json
import re
import ssl
import subprocess
import sys
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest

from offline_root.backup_file import KWP, read_backup
from offline_root.backup_txt import OPEN_TXT as TEXTS
from offline_root.shares import Purpose, ShareSet, combine, read, split
from offline_root.wire import SystemRandomness
from tests.appliance import Appliance, Done, call, example_policy
from tests.custodians import Custodians
from tests.requests import request, written

pytestmark = pytest.mark.e2e

POLICY = example_policy().replace('activation = "pin" ', 'activation = "shares"\nshares = "2 of 3"\nbackup = "3 of 5" ')
NO_PIN = {"pin_file": None}
OPEN_TXT = TEXTS[KWP]


class Kept:
    """An authority with a backup: the people who hold the cards of the PIN, those of the backup, and the file.

    It has signed an intermediate since; `response` is what left it last.
    """

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
        self.response = self.sign(self.appliance, self.pins, "prod", "before.csr")

    @staticmethod
    def sign(appliance: Appliance, pins: Custodians, environment: str, name: str) -> Path:
        """Sign a request with two cards of a PIN; return the response."""
        file = written(appliance.base, name, request(f"PrivSec Intermediate CA ({environment})"))
        slip = ["--environment", environment, "--confirm", appliance.fingerprint(file), "--out", str(appliance.out)]
        cards = pins.files(appliance.base, 1, 2)
        done = appliance.call("sign", file, *slip, *appliance.ceremony(**NO_PIN), *cards)
        assert done.code == 0, done.err
        return Path(done.json["response"])

    def cards(self, folder: Path, *numbers: int) -> list[str]:
        """Return the options that give cards of the backup."""
        folder.mkdir(exist_ok=True)
        return self.backups.files(folder, *numbers)

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
    events = kept.appliance.events()
    assert events[events.index("key-backed-up") - 1 :][:3] == ["shares-made", "key-backed-up", "statement-made"]
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


def verified(kept: Kept, *options: str | Path, file: Path | None = None) -> Done:
    return call("--json", "shares", "verify", file or kept.file, *options)


@pytest.mark.parametrize("chosen", list(combinations(range(1, 6), 3)), ids=str)
def test_any_three_custodians_open_it_in_a_drill(kept: Kept, tmp_path: Path, chosen: tuple[int, ...]) -> None:
    done = verified(kept, *kept.cards(tmp_path, *chosen))
    assert done.code == 0, done.err
    assert (done.json["custodians"], done.json["key_sha256"]) == (list(chosen), kept.done.json["key_sha256"])


def test_a_drill_at_a_terminal_names_a_card_that_does_not_fit(kept: Kept) -> None:
    kept.backups.entering, kept.backups.said = [2, 2, 5, 4], []
    with kept.backups.present():
        done = verified(kept)
    assert done.code == 0, done.err
    assert any("custodian 2 was entered already" in each for each in kept.backups.said)


def test_what_does_not_fit_is_named_for_what_it_is(kept: Kept, tmp_path: Path) -> None:
    number = kept.done.json["set"]
    card = kept.backups.files(tmp_path, 1)
    good = kept.backups.cards[2].split()

    def said(words: list[str]) -> str:
        (tmp_path / "odd").write_text(" ".join(words))
        return str(verified(kept, *card, "--share-file", tmp_path / "odd").error["what"])

    another = "zero" if good[0] == "academic" else "academic"
    assert said([another, *good[1:]]).startswith("The words do not belong together")
    assert said(["zzzz", *good[1:]]) == "Word 1 is not a word of the list."
    assert said(good[1:]) == "A share has 33 words; 32 were typed."
    assert said(kept.pins.cards[1].split()) == "This is a PIN share; a backup share is needed here."
    other = split(bytes(32), Purpose.BACKUP, needed=3, made=5, randomness=SystemRandomness())
    assert said(list(other.shares[1].words)) == f"This share is of set {other.kept.number}; the set in use is {number}."
    assert said(kept.backups.cards[1].split()) == "The share of custodian 1 was entered already."
    assert (
        verified(kept, *kept.cards(tmp_path, 1, 2)).error["what"]
        == f"3 shares of set {number} are needed; 2 were given."
    )


def test_a_flipped_byte_of_the_file_is_named_before_anybody_types(kept: Kept, tmp_path: Path) -> None:
    whole = kept.file.read_bytes()
    for place in (5, whole.index(b"wrapped_key") + 40, len(whole) - 10):
        (tmp_path / "flipped").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        done = verified(kept, *kept.cards(tmp_path, 1, 2, 3), file=tmp_path / "flipped")
        assert done.error["what"].startswith("The backup file is damaged")


def restore(kept: Kept, base: Path, *options: str | Path, **instead: str | None) -> tuple[Appliance, Custodians, Done]:
    """Restore into an empty HOME, with the cards of the backup; the new PIN is in shares again."""
    base.mkdir(exist_ok=True)
    fresh, pins = Appliance(base, kept.appliance.head), Custodians()
    given = options or ("--log", kept.response, *kept.cards(base, 5, 2, 3))
    with pins.present():
        anchor = ("--anchor", kept.appliance.anchor)
        done = fresh.call("restore", kept.file, *anchor, *given, *fresh.ceremony(**{**NO_PIN, **instead}))
    return fresh, pins, done


@pytest.fixture(scope="module")
def restored(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> tuple[Appliance, Custodians, Path]:
    """Return the authority once more, from backup and response alone, and what it signed afterwards.

    An attempt before it was cut short.
    """
    base = tmp_path_factory.mktemp("restored")
    (base / "home" / ".creating-root").mkdir(parents=True)
    fresh, pins, done = restore(kept, base)
    assert done.code == 0, done.err
    assert done.json["left_over"] == [str(fresh.home / ".interrupted-root-1")]
    return fresh, pins, kept.sign(fresh, pins, "test", "after.csr")


def test_the_restored_root_signs_and_openssl_verifies_under_the_old_root(
    kept: Kept, restored: tuple[Appliance, Custodians, Path]
) -> None:
    root, signed = kept.appliance.place / "root-ca.pem", restored[2] / "test-ca.pem"
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", root, signed], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"{signed}: OK\n"
    assert (restored[0].place / "root-ca.pem").read_bytes() == root.read_bytes()


def test_the_log_goes_on_where_the_response_ended_with_a_new_audit_key(
    kept: Kept, restored: tuple[Appliance, Custodians, Path]
) -> None:
    fresh = restored[0]
    log = (fresh.place / "audit" / "log.jsonl").read_bytes()
    copy = (kept.response / "audit" / "log.jsonl").read_bytes()
    assert log.startswith(copy)
    events = fresh.events()[copy.count(b"\n") :]
    assert events[:11] == [
        *("log-restored", "ceremony-opened", "shares-entered", "token-initialized", "shares-made", "key-restored"),
        *("key-generated", "audit-key-replaced", "ceremony-closed", "ceremony-opened", "shares-entered"),
    ]
    (told,) = [each for each in fresh.entries() if each["event"] == "key-restored"]
    assert (told["set"], told["attributes"]["CKA_SENSITIVE"]) == (str(kept.done.json["set"]), "true")
    assert fresh.log_is_whole()
    status = call("--home", fresh.home, "--json", "status").json
    assert status["findings"] == call("--home", kept.appliance.home, "--json", "status").json["findings"]


def test_old_and_new_responses_verify_with_the_new_anchor_and_the_old_one_says_what_happened(
    kept: Kept, restored: tuple[Appliance, Custodians, Path]
) -> None:
    fresh, _, after = restored
    for each in (kept.response, after):
        assert call("verify", each, "--anchor", fresh.anchor).code == 0
    done = call("--json", "verify", after, "--anchor", kept.appliance.anchor)
    assert any("audit key was replaced after this anchor" in each["message"] for each in done.json["findings"])
    assert call("verify", kept.response, "--anchor", kept.appliance.anchor).code == 0
    older = kept.response / "audit" / "checkpoint"
    assert call("log", "verify", after, "--since", older, "--anchor", fresh.anchor).code == 0
    done = call("log", "verify", after / "audit" / "log.jsonl", "--anchor", kept.appliance.anchor)
    assert "replaced after this anchor" in done.out.replace("\n", " ")
    grown = call("log", "prove", after, "--since", older)
    (fresh.base / "growth").write_text(grown.out)
    assert call("log", "verify", fresh.base / "growth", "--since", older, "--anchor", fresh.anchor).code == 0


@pytest.mark.long
def test_a_checkpoint_that_the_lost_log_signed_later_raises_an_alarm(
    kept: Kept, restored: tuple[Appliance, Custodians, Path], tmp_path: Path
) -> None:
    """The old token goes on somewhere: whoever holds a checkpoint of that branch makes the restored log stop."""
    branch, fresh = kept.appliance.copy(tmp_path / "branch"), restored[0].copy(tmp_path / "fresh")
    for each in range(8):
        words = ["--expected", "a", "--happened", str(each), "--decided", "c"]
        done = branch.call("note", *words, *branch.ceremony(**NO_PIN), *kept.pins.files(tmp_path, 1, 2))
        assert done.code == 0, done.err
    stick = tmp_path / "found" / "offline-root" / "root" / "20261201T000000Z-000999"
    (stick / "audit").mkdir(parents=True)
    (stick / "audit" / "checkpoint").write_bytes((branch.place / "audit" / "checkpoint").read_bytes())
    done = fresh.call("crl", "--out", tmp_path / "found", *fresh.ceremony(**NO_PIN), *restored[1].files(tmp_path, 1, 2))
    assert done.error["what"].startswith("ALARM: "), done.err


@pytest.mark.long
def test_a_newer_published_crl_gives_its_number(kept: Kept, tmp_path: Path) -> None:
    newer = kept.appliance.copy(tmp_path / "newer")
    done = newer.call("crl", "--out", newer.out, *newer.ceremony(**NO_PIN), *kept.pins.files(tmp_path, 1, 2))
    crl = Path(done.json["response"]) / "root-ca.crl"
    base = tmp_path / "restored"
    given: tuple[str | Path, ...] = ("--log", kept.response, "--crl", crl, *kept.cards(tmp_path / "cards", 1, 2, 3))
    fresh, _, done = restore(kept, base, *given)
    assert done.code == 0, done.err
    (imported,) = [each for each in fresh.entries() if each["event"] == "crl-imported"]
    (before,) = [each for each in kept.appliance.entries() if each["event"] == "crl-issued"]
    assert int(imported["crl_number"]) > int(before["crl_number"])
    assert (fresh.place / "root-ca.crl").read_bytes() == crl.read_bytes()


@pytest.mark.long
def test_what_cannot_be_restored_says_why_before_anybody_types_a_card(kept: Kept, tmp_path: Path) -> None:
    log = ("--log", kept.response)
    cards = kept.cards(tmp_path / "cards", 1, 2, 3)

    def said(*options: str | Path, **instead: str | None) -> str:
        fresh, pins, done = restore(kept, tmp_path / "none", *options, **instead)
        assert (pins.cards, fresh.place.exists()) == ({}, False)
        return str(done.error["what"])

    assert "2 were given" in said(*log, *kept.cards(tmp_path / "two", 4, 5))
    assert "is a PIN share" in said(*log, *kept.pins.files(tmp_path, 1))
    (tmp_path / "no.crl").write_bytes(b"x")
    assert said(*log, "--crl", tmp_path / "no.crl", *cards) == "The CRL is not one that this root signed."
    assert "closing sheet of the last ceremony is missing" in said(*log, *cards, head="")
    assert "ROLLED BACK" in said(*log, *cards, head="9999:0123456789abcdef")
    other = Appliance(tmp_path)
    assert other.create(example_policy()).code == 0
    done = other.call("export", "--out", other.out, *other.ceremony())
    assert "cannot be relied on" in said("--log", done.json["response"], *cards)


@pytest.mark.long
def test_a_sheet_of_a_lost_ceremony_is_explained(kept: Kept, tmp_path: Path) -> None:
    given: tuple[str | Path, ...] = (
        "--log",
        kept.response,
        *kept.cards(tmp_path / "cards", 1, 2, 3),
        "--because",
        "the last stick burnt",
    )
    fresh, _, done = restore(kept, tmp_path / "restored", *given, head="9999:0123456789abcdef")
    assert done.code == 0, done.err
    (told,) = [each for each in fresh.entries() if each["event"] == "log-restored"]
    assert (told["because"], told["heads"][-1]["size"]) == ("the last stick burnt", 9999)


def test_destroyed_it_is_gone_from_the_token_and_comes_back_from_its_backup(kept: Kept, tmp_path: Path) -> None:
    """Backup, destroy, restore, sign; the end is in the log that is restored."""
    ended = kept.appliance.copy(tmp_path / "ended")
    root = sha256(ssl.PEM_cert_to_DER_cert((ended.place / "root-ca.pem").read_text())).hexdigest()
    people, out = (*ended.ceremony(**NO_PIN), *kept.pins.files(tmp_path, 1, 2)), ("--out", ended.out)
    names = ("--confirm", root, "--confirm-name")
    before = len(ended.events())
    assert "not the name of this authority" in ended.call("destroy", *names, "prod", *out, *people).error["what"]
    assert len(ended.events()) == before
    done = ended.call("destroy", *names, "root", *out, *people)
    assert done.code == 0, done.err
    assert done.json["destroyed"] == kept.done.json["key_sha256"]
    for proof in ("search", "signature"):
        assert "0 private and 0 public keys" in done.json[proof]
    assert ended.log_is_whole()
    assert call("verify", done.json["response"], "--anchor", ended.anchor).code == 0
    assert "NEXT: nothing. The root key was destroyed" in call("--home", ended.home, "status").out
    refused = ended.call("crl", *out, *ended.ceremony(**NO_PIN), *kept.pins.files(tmp_path, 1, 2))
    assert refused.error["what"] == "The root key of this authority was destroyed."

    given = ("--log", done.json["response"], *kept.cards(tmp_path / "cards", 1, 3, 5))
    fresh, pins, done = restore(kept, tmp_path / "fresh", *given, head=ended.head)
    assert done.code == 0, done.err
    kept.sign(fresh, pins, "test", "after.csr")
    ends = ["key-destroyed", "key-restored"]
    assert [each for each in fresh.events() if each in ends] == ends


def test_new_custodians_of_the_backup_hold_cards_of_another_one(kept: Kept, tmp_path: Path) -> None:
    changed, newer = kept.appliance.copy(tmp_path / "copy"), Custodians()
    options = (*changed.ceremony(**NO_PIN), *kept.pins.files(tmp_path, 1, 2))
    assert changed.call("shares", "change", "backup", *options).code == 2
    assert changed.call("shares", "change", "pin", "--out", tmp_path / "vault", *options).code == 2
    with newer.present():
        done = changed.call("shares", "change", "backup", "--out", tmp_path / "vault", *options)
    assert done.code == 0, done.err
    assert done.json["former"] == [str(kept.done.json["set"])]
    file = Path(done.json["backup"]) / "root-key.backup"
    old = call("shares", "verify", file, *kept.cards(tmp_path / "old", 1, 2, 3), "--json")
    assert f"the set in use is {done.json['set']}" in old.error["what"]
    assert call("shares", "verify", file, *newer.files(tmp_path, 1, 3, 5)).code == 0
    assert changed.log_is_whole()


@pytest.mark.long
@pytest.mark.parametrize("chosen", list(combinations(range(1, 6), 3)), ids=str)
def test_any_three_custodians_restore_a_root_that_signs(kept: Kept, tmp_path: Path, chosen: tuple[int, ...]) -> None:
    fresh, pins, done = restore(kept, tmp_path / "home", "--log", kept.response, *kept.cards(tmp_path, *chosen))
    assert done.code == 0, done.err
    signed = kept.sign(fresh, pins, "test", "after.csr") / "test-ca.pem"
    root = str(kept.appliance.place / "root-ca.pem")
    command = ["openssl", "verify", "-x509_strict", "-CAfile", root, str(signed)]
    subprocess.run(command, check=True, capture_output=True)
