"""A disk that was put back, and two machines that run one authority: found on SoftHSM, by command line."""

import shutil
from pathlib import Path

import pytest

from tests.appliance import Appliance, call, example_policy
from tests.offline_root.station.rooms import slip

POLICY = example_policy().replace('opening_head = "required"', 'opening_head = "optional"')


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """Return an authority that nobody uses up."""
    made = Appliance(tmp_path_factory.mktemp("rollback"))
    assert made.create(POLICY).code == 0
    return made


@pytest.fixture
def appliance(template: Appliance, tmp_path: Path) -> Appliance:
    """Return an authority for this test alone."""
    return template.copy(tmp_path / "one")


def request(base: Path, environment: str = "test") -> Path:
    """Return the file of a new request."""
    asked = slip(environment, f"PrivSec Intermediate CA ({environment})")
    base.mkdir(exist_ok=True)
    file = base / asked.file
    file.write_bytes(asked.data)
    return file


def put_back(appliance: Appliance, kept: Path, part: str = "") -> None:
    """Put HOME, or a part of the authority, back to what was kept."""
    whole = appliance.place / part
    shutil.rmtree(whole)
    shutil.copytree(kept / "root" / part, whole)


def refused(appliance: Appliance, *arguments: str | Path, match: str) -> None:
    """Show that a verb refuses because of an alarm, and says what leads on."""
    error = appliance.call(*arguments).error
    assert error["kind"] == "AlarmStands"
    assert match in error["what"]
    assert "log settle" in error["next"]


def test_a_log_put_back_is_found_by_the_record_in_the_token_alone(appliance: Appliance, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(appliance.home, kept)
    assert appliance.sign("test", request(tmp_path / "in")).code == 0
    shutil.rmtree(appliance.out)
    put_back(appliance, kept, "audit")

    note = ("note", "--expected", "a", "--happened", "b", "--decided", "c")
    refused(appliance, *note, *appliance.ceremony(head=None), match="ROLLED BACK: the token's own record says")
    assert appliance.events()[-3:] == ["token-opened", "alarm-raised", "ceremony-closed"]

    refused(appliance, *note, *appliance.ceremony(head=None), match="ROLLED BACK")
    refused(appliance, "export", "--out", tmp_path / "out", *appliance.ceremony(head=None), match="ROLLED BACK")
    assert not (tmp_path / "out").exists()
    shown = call("--home", appliance.home, "status")
    assert shown.code == 0
    assert shown.out.startswith("*** ALARM *** ROLLED BACK")
    assert appliance.call("status").json["alarms"]
    looked = call("--home", appliance.home, "inspect", tmp_path / "in" / "test.csr")
    assert (looked.code, looked.err.startswith("*** ALARM *** ROLLED BACK")) == (0, True)
    assert appliance.call("inspect", tmp_path / "in" / "test.csr").json["alarms"]
    assert not appliance.log_is_whole()
    assert call("--home", appliance.home, "log", "show").code == 0

    told = appliance.ceremony(head=None, accept_tail="5")
    settled = appliance.call("log", "settle", "--because", "disk replaced", *told)
    assert settled.code == 0, settled.err
    assert len(settled.json["settled"]) == 1
    assert appliance.log_is_whole()
    assert appliance.sign("test", request(tmp_path / "again")).code == 0


def test_a_whole_disk_put_back_is_found_by_a_stick_alone(appliance: Appliance, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(appliance.home, kept)
    file = request(tmp_path / "in")
    assert appliance.sign("test", file).code == 0
    put_back(appliance, kept)
    appliance.head = ""

    done = appliance.sign("test", request(tmp_path / "again"))
    assert "ROLLED BACK: the checkpoint" in done.error["what"]
    assert "token-open-attempted" not in appliance.events()


def test_a_whole_disk_put_back_is_found_by_the_closing_sheet_alone(appliance: Appliance, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(appliance.home, kept)
    assert appliance.sign("test", request(tmp_path / "in")).code == 0
    shutil.rmtree(appliance.out)
    put_back(appliance, kept)

    error = appliance.sign("test", request(tmp_path / "again")).error
    assert "ROLLED BACK: the closing sheet says" in error["what"]


def test_two_machines_that_run_one_authority_are_found_when_their_logs_meet(
    template: Appliance, tmp_path: Path
) -> None:
    one, other = template.copy(tmp_path / "one"), template.copy(tmp_path / "other")
    assert one.sign("test", request(tmp_path / "in")).code == 0
    assert other.sign("test", request(tmp_path / "again")).code == 0
    assert one.call("export", "--out", one.base / "third", *one.ceremony()).code == 0

    shutil.copytree(other.out, one.out, dirs_exist_ok=True)
    met = one.call("export", "--out", one.out, *one.ceremony())
    assert "FORK: the first" in met.error["what"]
    assert one.call("crl", "--out", one.out, *one.ceremony()).code == 1


def test_what_a_stranger_left_on_a_stick_raises_no_alarm(template: Appliance, tmp_path: Path) -> None:
    one, stranger = template.copy(tmp_path / "one"), Appliance(tmp_path / "stranger")
    stranger.base.mkdir()
    assert stranger.create(POLICY).code == 0
    assert stranger.sign("test", request(tmp_path / "in")).code == 0
    shutil.copytree(stranger.out, one.out)

    assert one.sign("test", request(tmp_path / "again")).code == 0
    seen = next(each for each in one.entries() if each["event"] == "stick-seen")
    assert (seen["checkpoints"], len(seen["foreign"])) == (0, 3)


def test_nobody_settles_without_a_reason_or_without_an_alarm(appliance: Appliance) -> None:
    before = appliance.events()
    assert "nobody to ask" in appliance.call("log", "settle", *appliance.ceremony()).error["what"]
    given = appliance.call("log", "settle", "--because", "so", *appliance.ceremony())
    assert "no alarm" in given.error["what"]
    assert appliance.events() == before


def test_the_longer_log_is_put_back_from_the_stick_that_raised_the_alarm(appliance: Appliance, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(appliance.home, kept)
    issued = appliance.sign("test", request(tmp_path / "in")).json["issued"][0]
    sheet = appliance.head
    put_back(appliance, kept)
    appliance.head = ""
    assert appliance.sign("test", request(tmp_path / "again")).code == 1
    folder = next((appliance.out / "offline-root" / "root").iterdir())

    error = appliance.call("log", "restore", folder, *appliance.ceremony(head=f"{int(sheet[:2]) + 9}{sheet[2:]}")).error
    assert "not the log that is looked for" in error["what"]
    done = appliance.call("log", "restore", folder, *appliance.ceremony(head=sheet))
    assert done.code == 0, done.err
    assert done.json["restored"]["lost"] == 2
    assert appliance.log_is_whole()
    assert appliance.call("status").json["alarms"] == []
    listed = appliance.call("status").json["environments"]
    assert issued["serial"] in [each["serial"] for each in listed]
    assert appliance.sign("test", request(tmp_path / "third")).code == 0
    newest = max((appliance.out / "offline-root" / "root").iterdir())
    assert call("verify", newest, "--anchor", appliance.anchor).code == 0


def test_what_the_other_machine_issued_is_taken_in_and_can_be_revoked(template: Appliance, tmp_path: Path) -> None:
    one, other = template.copy(tmp_path / "one"), template.copy(tmp_path / "other")
    assert one.sign("test", request(tmp_path / "in")).code == 0
    issued = other.sign("test", request(tmp_path / "again")).json["issued"][0]
    folder = next((other.out / "offline-root" / "root").iterdir())

    error = one.call("log", "restore", folder, *one.ceremony()).error
    assert "must not be forgotten" in error["what"]
    settled = one.call("log", "settle", folder, "--because", "a clone ran elsewhere", *one.ceremony())
    assert settled.code == 0, settled.err
    assert settled.json["taken_in"] == [issued["serial"]]
    assert any(each.startswith("FORK") for each in settled.json["settled"])
    confirm = ("--confirm", issued["serial"])
    revoked = one.call(
        "revoke", issued["serial"], "--reason", "cACompromise", *confirm, "--out", one.out, *one.ceremony()
    )
    assert revoked.code == 0, revoked.err
    assert call("verify", revoked.json["response"], "--anchor", one.anchor).code == 0
