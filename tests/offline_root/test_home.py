"""HOME: an authority appears under its name only when it is whole, and nothing that was there is ever lost."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offline_root import tokens, wire
from offline_root.config import Appliance
from offline_root.errors import AuditError, CeremonyError, StationError, TokenError
from offline_root.home import Home, Place
from offline_root.signer import ROOT_KEY
from tests.fakes.token import FakeTokens, lost
from tests.offline_root.station.commands import CLI, GUARD, ROOT
from tests.offline_root.station.rooms import PINS, POLICY, creation_of, fake_room


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def make(home: Home, name: str) -> Place:
    with home.creating(name) as place:
        place.publish({"policy.toml": name.encode()})
    return home.choose(name)


def tree(path: Path) -> dict[str, bytes | None]:
    """Return what is below a folder."""
    found = sorted(path.rglob("*"))
    return {each.relative_to(path).as_posix(): each.read_bytes() if each.is_file() else None for each in found}


class TestChoosing:
    def test_in_no_home_at_all_says_there_is_none(self, home: Home) -> None:
        assert home.authorities() == ()
        with pytest.raises(CeremonyError, match="There is no authority in ") as error:
            home.choose(None)
        assert "`create`" in error.value.mend

    def test_in_a_file_instead_of_a_home_says_there_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "home").write_text("")
        assert Home(tmp_path / "home").authorities() == ()

    def test_takes_the_only_one(self, home: Home) -> None:
        assert make(home, "root") == home.choose(None) == Place(home.path / "root")

    def test_asks_where_there_are_several(self, home: Home) -> None:
        for name in ("test", "prod"):
            make(home, name)
        assert home.authorities() == ("prod", "test")
        with pytest.raises(CeremonyError, match=r"Which authority is meant\? Here: prod, test") as error:
            home.choose(None)
        assert "--authority" in error.value.mend
        assert home.choose("prod").path == home.path / "prod"
        assert [each.name for each in home.others("prod")] == ["test"]

    @pytest.mark.parametrize("name", ["other", "../root", "", ".creating-root"])
    def test_of_one_that_is_not_there_is_refused(self, home: Home, name: str) -> None:
        make(home, "root")
        with pytest.raises(CeremonyError, match=r"There is no authority|Which authority"):
            home.choose(name)

    def test_passes_over_what_is_no_authority(self, home: Home) -> None:
        make(home, "root")
        for name in ("Capital", ".hidden", "a_b", "lost+found"):
            (home.path / name).mkdir()
        (home.path / "appliance.toml").write_text("")
        (home.path / "file").write_text("")
        assert home.authorities() == ("root",)

    def test_in_a_home_that_may_not_be_read_is_refused_and_not_a_crash(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(CeremonyError, match="cannot be read: Permission denied") as error:
            home.choose(None)
        assert "--home" in error.value.mend


class TestCreating:
    def test_gives_the_name_at_the_end(self, home: Home) -> None:
        with home.creating("root") as place:
            assert home.authorities() == ()
            assert place.path == home.path / ".creating-root"
            place.audit.mkdir()
            (home.path / "pictures").mkdir()
        assert home.authorities() == ("root",)
        assert (home.path / "root").stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize(
        "name", ["", "Root", "1root", "-root", "root_1", "a/b", "..", "root\n", "a" * 32, "wurzel\u00e9"]
    )
    def test_refuses_a_name_that_is_none(self, home: Home, name: str) -> None:
        with pytest.raises(CeremonyError, match="cannot be the name of an authority"), home.creating(name):
            pass
        assert not home.path.exists()

    @pytest.mark.parametrize("name", ["a", "a" * 31, "test-2"])
    def test_takes_every_name_that_is_one(self, home: Home, name: str) -> None:
        assert make(home, name).name == name

    def test_refuses_a_name_that_is_taken(self, home: Home) -> None:
        make(home, "root")
        before = tree(home.path)
        with pytest.raises(CeremonyError, match="There is an authority 'root' already"), home.creating("root"):
            pass
        assert tree(home.path) == before

    def test_that_fails_leaves_what_it_made_under_a_hidden_name(self, home: Home) -> None:
        self.interrupt(home)
        assert home.authorities() == ()
        assert tree(home.path) == {".creating-root": None, ".creating-root/half": b"made"}

    def test_after_one_that_failed_moves_it_aside_and_works(self, home: Home) -> None:
        for _ in range(2):
            self.interrupt(home)
        make(home, "root")
        assert tree(home.path) == {
            ".interrupted-root-1": None,
            ".interrupted-root-1/half": b"made",
            ".interrupted-root-2": None,
            ".interrupted-root-2/half": b"made",
            "root": None,
            "root/policy.toml": b"root",
        }

    def test_tells_what_attempts_left_in_order_and_not_those_at_another_authority(self, home: Home) -> None:
        for _ in range(11):
            self.interrupt(home)
        for name in ("root-1", "other"):
            self.interrupt(home, name)
            make(home, name)
        make(home, "root")
        assert [each.name for each in home.aside("root")] == [f".interrupted-root-{n}" for n in range(1, 12)]
        assert home.aside("root-1") == (home.path / ".interrupted-root-1-1",)
        assert home.aside("oth") == ()

    def interrupt(self, home: Home, name: str = "root") -> None:
        def create() -> None:
            with home.creating(name) as place:
                (place.path / "half").write_bytes(b"made")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            create()

    def test_while_another_one_goes_on_is_refused(self, home: Home) -> None:
        with home.creating("root") as place:
            place.audit.mkdir()
            for name in ("root", "other"):
                with pytest.raises(AuditError, match="nother process"), home.creating(name):
                    pass
        assert home.authorities() == ("root",)

    def test_with_a_token_that_dies_can_be_tried_again(self, tmp_path: Path) -> None:
        with pytest.raises(TokenError):
            fake_room(tmp_path / "home", tokens=FakeTokens(faults={("generate", 2): lost()}))
        home = Home(tmp_path / "home")
        assert home.authorities() == ()
        assert b'"key-generated"' in (home.path / ".creating-root/audit/log.jsonl").read_bytes()
        assert fake_room(home.path).place.name == "root"
        assert (home.path / ".interrupted-root-1").is_dir()


class TestPublished:
    def test_never_over_what_is_there(self, home: Home) -> None:
        place = make(home, "root")
        with pytest.raises(CeremonyError, match="cannot be written: File exists"):
            place.publish({"policy.toml": b"other"})
        assert place.policy_copy() == "root"

    def test_policy_is_replaced_whole(self, home: Home) -> None:
        place = make(home, "root")
        (place.path / "policy.toml.new").write_text("left by a crash")
        place.replace_policy("new")
        assert tree(place.path) == {"policy.toml": b"new"}

    @pytest.mark.parametrize("name", ["rename", "fsync", "write"])
    def test_policy_is_the_old_one_where_the_new_one_could_not_be_written(
        self, home: Home, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        place = make(home, "root")
        with monkeypatch.context() as patch:
            patch.setattr(Path if name == "rename" else os, name, fail)
            with pytest.raises(CeremonyError, match=r"policy.toml could not be written: .*No space left"):
                place.replace_policy("new")
        assert place.policy_copy() == "root"
        place.replace_policy("new")
        assert place.policy_copy() == "new"


@contextmanager
def mounted_read_only(path: Path) -> Iterator[None]:
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(path)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED, a read-only HOME: mounting needs root: {done.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


class TestReadOnlyHome:
    def test_is_refused_in_words(self, home: Home) -> None:
        with mounted_read_only(home.path):
            assert home.authorities() == ()
            with pytest.raises(CeremonyError, match="Read-only file system") as error, home.creating("root"):
                pass
            assert error.value.retry

    def test_below_is_refused_in_words(self, home: Home) -> None:
        with mounted_read_only(home.path):
            below = Home(home.path / "below")
            with pytest.raises(CeremonyError, match="Read-only file system"), below.creating("root"):
                pass


@pytest.mark.e2e
class TestKilled:
    def test_creation_leaves_nothing_in_the_way_of_the_next(self, home: Home, tmp_path: Path) -> None:
        """Kill -9 at the line of the second key, and at the very last step before the name is given."""
        for number, kill in enumerate(
            ("fsync:signal=SIGKILL:when=8", "rename:error=EIO:signal=SIGKILL:when=2"), start=1
        ):
            killed = self.create(home, tmp_path, "strace", "-qq", "-o", "/dev/null", "-e", f"inject={kill}")
            assert killed.returncode == -9
            assert home.authorities() == ()
            assert len(list(home.path.iterdir())) == number
        done = self.create(home, tmp_path)
        assert done.returncode == 0
        left = [f"LEFT OVER: {home.path}/.interrupted-root-{number}" for number in (1, 2)]
        assert all(each in done.stdout.decode().replace("\n", " ") for each in left)
        assert home.authorities() == ("root",)
        assert len(list(home.path.glob(".interrupted-root-*"))) == 2
        state = wire.read_state(home.choose(None))
        assert state.token_label == "root"

    def create(self, home: Home, folder: Path, *before: str) -> subprocess.CompletedProcess[bytes]:
        policy, pin = folder / "policy.toml", folder / "pin"
        policy.write_text(POLICY)
        pin.write_text("4711-0815")
        now = wire.SystemClock().now().strftime("%Y-%m-%dT%H:%M:%SZ")
        people = ["--operator", "Olga", "--witness", "Wanda", "--clock", now]
        secrets = ["--pin-file", str(pin), "--so-pin-file", str(pin)]
        command = [*before, *CLI, "--home", str(home.path), "create", "--policy", str(policy), *people, *secrets]
        return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=GUARD, check=False)


@pytest.mark.e2e
def test_two_authorities_live_side_by_side(home: Home) -> None:
    now = wire.SystemClock().now()
    made = [wire.create_authority(home, Appliance(), creation_of(name, POLICY, now), PINS) for name in ("test", "prod")]
    assert home.authorities() == ("prod", "test")
    states = [wire.read_state(place) for _, place in made]
    assert len({each.token_serial for each in states}) == len({each.root for each in states}) == 2
    for (created, place), state in zip(made, states, strict=True):
        assert wire.read_anchor_of(place) == created.anchor
        assert wire.token_state(place, Appliance(), state) == "present"
        with pytest.raises(StationError), wire.station(home, Place(home.path / "gone"), Appliance()):
            pass
    found = tokens.WiredTokens(Appliance(), made[0][1].token)
    with pytest.raises(TokenError):
        found.attach("test", states[1].token_serial)
    token = found.attach("test", states[0].token_serial)
    token.login(PINS.pin)
    assert token.find(ROOT_KEY).label == ROOT_KEY
    token.close()
