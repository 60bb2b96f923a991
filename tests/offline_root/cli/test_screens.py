"""When the screens start, and when they do not. What they show is tested with them."""

from pathlib import Path

import pytest

from tests.appliance import Appliance, call
from tests.offline_root.cli.terminal import Person, person

pytestmark = pytest.mark.e2e


def passes_the_machine(someone: Person) -> None:
    """Look at the machine, and say that no other one measured it."""
    someone.expect("This machine")
    someone.press("\r")
    someone.press("\r")


def look_and_leave(someone: Person) -> None:
    """Wait for the first screen, and quit."""
    passes_the_machine(someone)
    someone.expect("nothing issued yet")
    someone.press("q")


def test_without_a_verb_the_ceremony_is_on_screen(appliance: Appliance, tmp_path: Path) -> None:
    with person(tmp_path, "--home", appliance.home, "--stick", tmp_path, stdout_too=True) as someone:
        look_and_leave(someone)
        done = someone.done()

    assert done.code == 0


def test_where_there_is_no_authority_the_screens_offer_to_make_one(tmp_path: Path) -> None:
    with person(tmp_path, "--home", tmp_path / "home", "--stick", tmp_path, stdout_too=True) as someone:
        passes_the_machine(someone)
        someone.expect("THERE IS NO AUTHORITY HERE")
        someone.press("q")
        done = someone.done()

    assert done.code == 0
    assert not (tmp_path / "home").exists()


def test_a_rehearsal_at_a_terminal_is_on_screen(tmp_path: Path) -> None:
    with person(tmp_path, "rehearse", "--out", tmp_path / "out", stdout_too=True) as someone:
        someone.expect("REHEARSAL")
        look_and_leave(someone)
        someone.expect("What is left of it, the stick too, is in")
        done = someone.done()

    assert done.code == 0
    assert len(list((tmp_path / "out" / "stick").iterdir())) == 7


@pytest.mark.parametrize("option", ["--script", "--json"])
def test_a_rehearsal_by_script_shows_no_screen(tmp_path: Path, option: str) -> None:
    with person(tmp_path, "rehearse", "--out", tmp_path / "out", option, stdout_too=True) as someone:
        someone.expect("5. DELIVERED")
        done = someone.done()

    assert done.code == 0
    assert "NEXT:" not in done.err


def test_without_a_folder_the_sticks_that_are_plugged_in_are_meant(appliance: Appliance, tmp_path: Path) -> None:
    with person(tmp_path, "--home", appliance.home, stdout_too=True) as someone:
        passes_the_machine(someone)
        someone.expect("nothing issued yet")
        someone.expect("plugged in")
        someone.press("q")
        done = someone.done()

    assert done.code == 0


def test_the_screens_need_a_terminal(appliance: Appliance, tmp_path: Path) -> None:
    done = call("--home", appliance.home, "--stick", tmp_path)

    assert done.code == 2
    assert "needs a terminal" in done.err


def test_the_screens_need_stdout_too(appliance: Appliance, tmp_path: Path) -> None:
    with person(tmp_path, "--home", appliance.home, "--stick", tmp_path) as someone:
        someone.expect("needs a terminal")
        done = someone.done()

    assert done.code == 2


def test_a_stick_goes_with_the_screens_alone(appliance: Appliance, tmp_path: Path) -> None:
    done = call("--home", appliance.home, "--stick", tmp_path, "status")

    assert done.code == 2
    assert "--out" in done.err


def test_an_authority_that_is_not_there_is_said_before_any_screen(appliance: Appliance, tmp_path: Path) -> None:
    arguments = ("--home", appliance.home, "--authority", "other", "--stick", tmp_path)
    with person(tmp_path, *arguments, stdout_too=True) as someone:
        someone.expect("There is no authority 'other'")
        done = someone.done()

    assert done.code == 1


def test_without_the_libraries_of_the_screens_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offline_root.cli.screens.find_spec", lambda _name: None)
    done = call("--home", "/nonexistent")

    assert done.code == 2
    assert "the screens are not installed on this machine" in done.err
