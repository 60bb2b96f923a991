"""What a certificate changes in its environment, told by `sign` to people and to programs."""

from pathlib import Path

from tests.appliance import Appliance, call
from tests.requests import request, written


def test_the_second_certificate_of_an_environment_is_held_against_the_first(
    appliance: Appliance, good: Path, tmp_path: Path
) -> None:
    [first] = appliance.sign("test", good).json["issued"]
    again = written(tmp_path, "again.csr", request("PrivSec Intermediate CA (test)"))
    slip = ("--confirm", appliance.fingerprint(again), "--environment", "test", "--out", appliance.out)

    done = call("--home", appliance.home, "--json", "sign", again, *slip, *appliance.ceremony())

    assert first["changes"] == {
        "since": None,
        "summary": "None was issued before: this is the first intermediate of this environment.",
        "changes": [],
    }
    [second] = done.json["issued"]
    assert (second["changes"]["since"], second["changes"]["changes"]) == (first["serial"], [])
    assert "WHAT CHANGES\n    Since serial " in done.err
    assert "nothing changes but key" in done.err
