"""Sticks by command line: several copies one after another, and a response on the stick of the requests."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.appliance import Appliance, Done, call


@contextmanager
def mounted(path: Path, size: str) -> Iterator[Path]:
    """Mount a stick."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"NOT TESTED, a stick of its own: mounting needs root: {done.stderr}")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def export(appliance: Appliance, stick: Path) -> Done:
    return appliance.call("export", "--out", stick, *appliance.ceremony())


def test_a_full_stick_in_the_middle_spoils_no_other_copy(appliance: Appliance, good: Path, tmp_path: Path) -> None:
    assert appliance.sign("test", good).code == 0
    assert reused(appliance) == [], "all of it lies on the disk of HOME"
    begun = len(appliance.entries())

    with mounted(tmp_path / "full", "16k") as small:
        first, failed, third = (export(appliance, stick) for stick in (tmp_path / "first", small, tmp_path / "third"))
        assert list(small.rglob("*.pem")), "the stick was full too soon: nothing was written"
        assert [call("verify", each, "--anchor", appliance.anchor).code for each in small.glob("*/root/*")] == [1]

    assert [each.code for each in (first, failed, third)] == [0, 1, 0]
    assert "No space left on device" in failed.error["what"]
    copies = [Path(each.json["response"]) for each in (first, third)]
    assert [call("verify", each, "--anchor", appliance.anchor).code for each in copies] == [0, 0]
    issued = [next(each.glob("*-chain.pem")).read_bytes() for each in copies]
    assert issued[0] == issued[1]

    ends = [each for each in appliance.entries()[begun:] if each["event"] in ("response-written", "ceremony-closed")]
    assert [each.get("folder") or each["outcome"] for each in ends] == [
        "/".join(copies[0].parts[-3:]),
        "done",
        f"failed: {failed.error['what']}",
        "/".join(copies[1].parts[-3:]),
        "done",
    ]
    assert appliance.log_is_whole()


def reused(appliance: Appliance) -> list[object]:
    return [each["about"] for each in appliance.entries() if each["event"] == "request-stick-reused"]


def test_a_response_on_the_stick_of_the_requests_is_a_deviation_in_the_log(
    appliance: Appliance, good: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "STICK", "4m") as stick:
        asked = Path(shutil.copy(good, stick))
        elsewhere = appliance.copy(tmp_path / "elsewhere")
        assert elsewhere.sign("test", asked).code == 0
        assert reused(elsewhere) == []

        out = ("--out", stick / "new", "--confirm", appliance.fingerprint(asked)[:32])
        assert appliance.call("sign", asked, "--environment", "test", *out, *appliance.ceremony()).code == 0
        assert reused(appliance) == [{"mounted at": str(stick)}]
    assert appliance.log_is_whole()
