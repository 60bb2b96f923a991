"""appliance.toml: everything in it is understood, or it is refused."""

from pathlib import Path

import pytest

from offline_root.config import Appliance, read_appliance
from offline_root.errors import PolicyError

GOOD: dict[str, Appliance] = {
    "": Appliance(),
    "[module]\n": Appliance(),
    '[module]\nprofile = "softhsm"\npath = "/opt/m.so"\n': Appliance(module=Path("/opt/m.so")),
    '[module]\nprofile = "yubihsm"\nconfig = "/etc/y.conf"\n': Appliance("yubihsm", config=Path("/etc/y.conf")),
    '[module]\nprofile = "generic"\ntoken = "root token"\n': Appliance("generic", token="root token"),
    '[screen]\nglyphs = "unicode"\n': Appliance(glyphs="unicode"),
    '[clock]\nzone = "Europe/Zurich"\n': Appliance(zone="Europe/Zurich"),
}
BAD: dict[str, str] = {
    "not toml": "Expected '=' after a key",
    "[module": "Expected",
    "a" + "=[" * 5000: "",
    "[modul]\n": "[modul]  is not known",
    '[modul]\nprofile = "softhsm"\n': "[modul] profile is not known",
    '[module]\nprofil = "softhsm"\nport = "1"\n': "[module] port, profil is not known",
    'profile = "softhsm"\n': "[profile] profile is not known",
    'module = "softhsm"\n': "[module] module is not known",
    "[[module]]\n": "[module] module is not known",
    "[module]\nprofile = 1\n": "every value is a text in quotes",
    "[clock]\nzone = true\n": "every value is a text in quotes",
    '[module]\nprofile = "yubikey"\n': "module.profile is one of",
    '[screen]\nglyphs = "emoji"\n': "screen.glyphs one of",
}


@pytest.mark.parametrize("text", GOOD)
def test_what_is_written_counts_and_the_rest_is_as_debian_installs_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "appliance.toml").write_text(text)
    assert read_appliance(tmp_path) == GOOD[text]


def test_without_the_file_everything_is_as_debian_installs_it(tmp_path: Path) -> None:
    assert read_appliance(tmp_path) == read_appliance(tmp_path / "none") == Appliance()


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:20])
def test_what_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "appliance.toml").write_text(text)
    with pytest.raises(PolicyError) as error:
        read_appliance(tmp_path)
    assert BAD[text] in error.value.what
    assert str(tmp_path / "appliance.toml") in error.value.what


@pytest.mark.parametrize("kind", ["not UTF-8", "a folder"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "appliance.toml"
    path.mkdir() if kind == "a folder" else path.write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="cannot be used"):
        read_appliance(tmp_path)


def test_only_softhsm_tokens_are_made_here() -> None:
    assert [Appliance(profile).makes_tokens for profile in ("softhsm", "yubihsm", "generic")] == [True, True, False]
