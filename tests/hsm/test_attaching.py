"""Making a token, and finding it again by label and serial number: never by slot."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from hsm import (
    SOFTHSM,
    FolderUnusable,
    KeyAbsent,
    Misuse,
    ModuleMissing,
    PinUnfit,
    Token,
    TokenAbsent,
    TokenAmbiguous,
    TokenRefused,
)
from hsm.profiles import Folder
from tests.hsm.softhsm import FACTS, FAULTY, LABEL, MODULE, PIN, SO_PIN, Fake, Stored, frame, make_token, program


def test_facts_are_the_tokens_own(furnished: Stored) -> None:
    with furnished.attach() as token:
        facts = token.facts
    assert (facts.label, facts.serial, facts.module) == (LABEL, furnished.serial, str(MODULE))
    assert (facts.manufacturer, facts.model, facts.firmware) == ("SoftHSM project", "SoftHSM v2", "2.6")
    assert len(facts.serial) == 16


def test_a_new_token_is_closed_and_empty(tmp_path: Path) -> None:
    with Token.initialize(MODULE, tmp_path / "a" / "b", label=LABEL, so_pin=SO_PIN, pin=PIN) as token:
        token.login(PIN)
        assert token.keys() == ()


def test_only_the_owner_can_read_a_new_token(stored: Stored) -> None:
    paths = [stored.directory, *stored.directory.rglob("*")]
    assert {path.name for path in paths} >= {"softhsm2.conf", "tokens", "token.object"}
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in paths} == {path.name: "0o0" for path in paths}


def test_a_label_may_be_as_long_as_the_standard_allows(tmp_path: Path) -> None:
    with Token.initialize(MODULE, tmp_path, label="é" * 16, so_pin=SO_PIN, pin=PIN) as token:
        assert token.facts.label == "é" * 16


@pytest.mark.parametrize("label", ["", "é" * 16 + "e", " x", "x\n"])
def test_other_labels_are_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(Misuse, match="label"):
        Token.initialize(MODULE, tmp_path, label=label, so_pin=SO_PIN, pin=PIN)


@pytest.mark.parametrize("pin", ["", "123", "x" * 256, "é" * 128, "12\udc80345"], ids=ascii)
@pytest.mark.parametrize("which", ["pin", "so_pin"])
def test_a_pin_that_does_not_fit_makes_no_token(tmp_path: Path, which: str, pin: str) -> None:
    pins = {"pin": PIN, "so_pin": SO_PIN, which: pin}
    with pytest.raises(PinUnfit, match="4 to 255 characters") as caught:
        Token.initialize(MODULE, tmp_path / "token", label=LABEL, so_pin=pins["so_pin"], pin=pins["pin"])
    assert caught.value.retry
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("pin", ["1234", "x" * 255, "é" * 127], ids=ascii)
def test_pins_of_any_length_that_fits_open(tmp_path: Path, pin: str) -> None:
    with Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=pin, pin=pin) as token:
        token.login(pin)


def test_a_profile_without_initialisation_says_so(tmp_path: Path) -> None:
    profile = dataclasses.replace(SOFTHSM, initializes=False)
    with pytest.raises(Misuse, match="vendor's tool"):
        Token.initialize(MODULE, tmp_path, label=LABEL, so_pin=SO_PIN, pin=PIN, profile=profile)


@pytest.mark.parametrize("folder", [None, SOFTHSM.folder], ids=["hardware", "as configured"])
def test_a_token_without_folder(tmp_path: Path, fake: Fake, folder: Folder | None) -> None:
    """Nothing is made on disk, and a missing key is a missing key."""
    absent = {"kind": "KeyAbsent", "what": "No key.", "code": ""}
    answers = frame({"number": 1, "ok": FACTS}) + frame({"number": 2, "error": absent})
    profile = dataclasses.replace(SOFTHSM, folder=folder)
    directory = None if folder else tmp_path / "token"
    token = Token.initialize(
        MODULE, directory, label=LABEL, so_pin=SO_PIN, pin=PIN, profile=profile, _program=fake(answers)
    )
    with pytest.raises(KeyAbsent):
        token.find("root")
    token.close()
    assert [path.name for path in tmp_path.iterdir()] == ["answers"]


class TestModule:
    def test_missing(self, stored: Stored) -> None:
        with pytest.raises(ModuleMissing, match=r"no PKCS#11 module at /no/such/module\.so"):
            Token.attach(Path("/no/such/module.so"), stored.directory, label=LABEL, serial=None)

    def test_path_that_is_too_long(self, stored: Stored) -> None:
        with pytest.raises(ModuleMissing):
            Token.attach(Path("/" + "x" * 300), stored.directory, label=LABEL, serial=None)

    def test_file_that_is_no_module(self, stored: Stored) -> None:
        with pytest.raises(ModuleMissing, match=r"invalid ELF header|file too short"):
            Token.attach(Path(__file__), stored.directory, label=LABEL, serial=None)

    def test_library_that_is_no_module(self, stored: Stored) -> None:
        library = next(Path("/").glob("lib/*-linux-gnu/libm.so.6"))
        with pytest.raises(ModuleMissing, match="cannot be used"):
            Token.attach(library, stored.directory, label=LABEL, serial=None)

    def test_relative_path(self, stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(MODULE.parent)
        with Token.attach(Path(MODULE.name), stored.directory, label=LABEL, serial=None) as token:
            assert token.facts.module == str(MODULE)

    def test_module_that_does_not_start(self, stored: Stored) -> None:
        """SoftHSM answers CKR_GENERAL_ERROR when its folder is not there."""
        assert SOFTHSM.folder
        folder = dataclasses.replace(SOFTHSM.folder, lines=("directories.tokendir = /no/such/folder",))
        profile = dataclasses.replace(SOFTHSM, folder=folder)
        with pytest.raises(ModuleMissing, match="GeneralError"):
            Token.attach(MODULE, stored.directory, label=LABEL, serial=None, profile=profile)


class TestToken:
    def test_wrong_label_says_what_is_there(self, stored: Stored) -> None:
        with pytest.raises(TokenAbsent, match=rf"no token other \(any serial number\)\. .*{LABEL} \({stored.serial}\)"):
            Token.attach(MODULE, stored.directory, label="other", serial=None)

    def test_wrong_serial_says_what_is_there(self, stored: Stored) -> None:
        with pytest.raises(TokenAbsent, match=rf"\(0123456789abcdef\)\. .*{LABEL} \({stored.serial}\)"):
            Token.attach(MODULE, stored.directory, label=LABEL, serial="0123456789abcdef")

    def test_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "tokens").mkdir()
        with pytest.raises(TokenAbsent, match="Tokens found: none"):
            Token.attach(MODULE, tmp_path, label=LABEL, serial=None)

    def test_the_serial_tells_two_of_one_label_apart(self, stored: Stored) -> None:
        twin = make_token(stored.directory)
        assert twin.serial != stored.serial
        with twin.open() as token:
            token.generate("ec-p256", label="twin", key_id=b"\1", extractable=False)
        with stored.open() as token:
            assert (token.facts.serial, token.keys()) == (stored.serial, ())
        with twin.open() as token:
            assert (token.facts.serial, len(token.keys())) == (twin.serial, 2)

    def test_two_of_one_label_without_serial_are_ambiguous(self, stored: Stored) -> None:
        twin = make_token(stored.directory)
        with pytest.raises(TokenAmbiguous, match="2 tokens") as caught:
            Token.attach(MODULE, stored.directory, label=LABEL, serial=None)
        assert stored.serial in str(caught.value)
        assert twin.serial in str(caught.value)

    def test_damaged_one_is_mended_from_its_copy(self, stored: Stored) -> None:
        next(stored.directory.rglob("token.object")).write_bytes(b"")
        with stored.open() as token:
            assert token.facts.serial == stored.serial

    def test_damaged_one_without_a_copy_is_absent(self, stored: Stored) -> None:
        next(stored.directory.rglob("token.object.kept")).unlink()
        next(stored.directory.rglob("token.object")).write_bytes(b"")
        with pytest.raises(TokenAbsent):
            stored.attach()

    def test_one_from_before_there_were_copies_gets_one(self, stored: Stored) -> None:
        next(stored.directory.rglob("token.object.kept")).unlink()
        stored.attach().close()
        next(stored.directory.rglob("token.object")).write_bytes(b"")
        stored.open().close()

    def test_nothing_that_lies_beside_the_tokens_is_in_the_way(self, stored: Stored) -> None:
        (stored.directory / "tokens" / "a file").write_text("")
        (stored.directory / "tokens" / "a folder").mkdir()
        stored.open().close()

    def test_a_slot_that_answers_with_an_error_holds_none(self, stored: Stored) -> None:
        with pytest.raises(TokenAbsent, match="Tokens found: none"):
            stored.attach(_program=program(FAULTY, "C_GetTokenInfo=0xe0"))

    def test_refusal_while_a_token_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(TokenRefused) as caught:
            Token.initialize(
                MODULE,
                tmp_path,
                label=LABEL,
                so_pin=SO_PIN,
                pin=PIN,
                _program=program(FAULTY, "C_InitPIN=0x5"),
            )
        assert caught.value.code == "GeneralError"

    def test_refusal_to_make_a_token_at_all(self, tmp_path: Path) -> None:
        """The profile lets a PIN pass that SoftHSM does not take: C_InitToken answers CKR_PIN_INCORRECT."""
        profile = dataclasses.replace(SOFTHSM, pin_bytes=(1, 255))
        with pytest.raises(TokenRefused, match="CKR 0x") as caught:
            Token.initialize(MODULE, tmp_path, label=LABEL, so_pin="12", pin=PIN, profile=profile)
        assert caught.value.code.startswith("CKR 0x")


class TestFolder:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(TokenAbsent, match="is not there"):
            Token.attach(MODULE, tmp_path / "gone", label=LABEL, serial=None)

    def test_it_may_be_renamed_between_two_runs(self, stored: Stored) -> None:
        with stored.open() as token:
            made = token.generate("ec-p384", label="root", key_id=b"\1", extractable=False)
        moved = stored.directory.parent.rename(stored.directory.parent.with_name("a new name, späte"))

        with Stored(moved / "token", stored.serial).open() as token:
            assert token.find("root") == made

    def test_relative_path(self, stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(stored.directory.parent)
        with Stored(Path("token"), stored.serial).open() as token:
            assert token.keys() == ()

    @pytest.mark.parametrize("name", ["with space", "with'quote", 'with"quote', "with%percent", "späte", "with\\back"])
    def test_odd_names_work(self, tmp_path: Path, name: str) -> None:
        with make_token(tmp_path / name).open() as token:
            assert token.keys() == ()

    @pytest.mark.parametrize("name", ["with#hash", "with=sign", "with\nline", "n" * 250 + "/" + "m" * 250 + "/x" * 250])
    def test_names_that_softhsm_cannot_read_are_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(FolderUnusable, match="name that SoftHSM cannot read"):
            make_token(tmp_path / name)

    @pytest.mark.parametrize("how", ["file in the way", "name too long"])
    def test_that_cannot_be_made(self, tmp_path: Path, how: str) -> None:
        (tmp_path / "file").write_text("")
        directory = tmp_path / "file" / "token" if how == "file in the way" else tmp_path / ("x" * 300)
        with pytest.raises(FolderUnusable, match=r"Not a directory|File name too long"):
            make_token(directory)
        with pytest.raises(TokenAbsent):
            Token.attach(MODULE, directory, label=LABEL, serial=None)

    def test_configuration_that_cannot_be_written(self, stored: Stored) -> None:
        config = stored.directory / "softhsm2.conf"
        config.unlink()
        config.mkdir()
        (config / "in the way").mkdir()
        with pytest.raises(FolderUnusable, match="directory"):
            stored.attach()
        assert [path.name for path in stored.directory.iterdir() if path.name.startswith(".")] == []

    def test_configuration_is_written_only_when_it_differs(self, stored: Stored) -> None:
        config = stored.directory / "softhsm2.conf"
        before = config.stat().st_ino
        stored.attach().close()
        assert config.stat().st_ino == before

        config.write_text("directories.tokendir = /somewhere/else\n")
        with stored.open() as token:
            assert token.keys() == ()
        assert config.read_text() == (
            f"directories.tokendir = {stored.directory}/tokens\n"
            "objectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n"
        )

    @pytest.mark.parametrize("verb", ["keys", "find", "sign", "generate", "login"])
    def test_moved_away_while_the_token_is_open(self, stored: Stored, verb: str) -> None:
        """SoftHSM itself shows an empty token then, without any error."""
        with stored.open() as token:
            key = token.generate("ec-p384", label="root", key_id=b"\1", extractable=False)
            away = stored.directory.rename(stored.directory.with_name("away"))
            calls: dict[str, Callable[[], object]] = {
                "keys": token.keys,
                "find": lambda: token.find("root"),
                "sign": lambda: token.sign(key, "ecdsa-sha384", b"message"),
                "generate": lambda: token.generate("ec-p256", label="new", key_id=b"\2", extractable=False),
                "login": lambda: token.login(PIN),
            }
            with pytest.raises(TokenAbsent, match=r"is not there|no longer there|no token"):
                calls[verb]()

            away.rename(stored.directory)
            token.login(PIN)
            assert token.sign(key, "ecdsa-sha384", b"message")
