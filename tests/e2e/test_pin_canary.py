"""The PIN is nowhere: not in a file that the appliance writes, not in what it prints, however it is written down."""

import base64
from pathlib import Path

import pytest

from tests.appliance import PIN, Appliance, start
from tests.requests import request, written
from tests.spellings import spellings

pytestmark = pytest.mark.e2e

SO_PIN = "so 8024 quiet otter 6613"
WRONG_PIN = "wrong 1177 brown moose 9042"


def found_in(data: bytes) -> list[str]:
    """Return which of the secrets are in some bytes."""
    secrets = (PIN, SO_PIN, WRONG_PIN)
    return [secret for secret in secrets if any(each in data for each in spellings(secret))]


@pytest.mark.parametrize("secret", [PIN, SO_PIN, WRONG_PIN])
def test_the_search_finds_what_is_there(secret: str) -> None:
    hidden = (
        secret.encode("utf-16-le"),
        f"--{secret}--".encode().hex().encode(),
        *(base64.b64encode(b"#" * ahead + secret.encode() + b"###") for ahead in range(3)),
    )
    assert [found_in(b"before " + each + b" after") for each in hidden] == [[secret]] * len(hidden)


def test_no_secret_is_in_any_file_or_output(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, secret in (("so", SO_PIN), ("wrong", WRONG_PIN)):
        (secrets / name).write_text(secret)
    appliance = Appliance(tmp_path / "machine", witnesses=())
    appliance.base.mkdir()
    home = ("--home", appliance.home)
    policy = start("policy", "new", "--preset", "solo", "--name", "Canary", "--environment", "test=test.example")
    (appliance.base / "policy.toml").write_text(policy.out)
    file = written(appliance.base, "ca.csr", request("Canary Intermediate CA (test)"))
    appliance.base.joinpath("bad.csr").write_bytes(b"nonsense")
    people = ("--operator", "Olga", "--clock", appliance.ceremony()[-3])
    pins = {"right": PIN.encode() + b"\n", "wrong": WRONG_PIN.encode()}

    printed = [
        start(*home, "create", "--policy", appliance.base / "policy.toml", *people, "--pin-file", "-",
              "--so-pin-file", secrets / "so", given=pins["right"]),
    ]  # fmt: skip
    slip = ("--environment", "test", "--confirm", appliance.fingerprint(file), "--out", appliance.out)
    for pin, more in (("wrong", ()), ("right", ("--accept-tail", "4"))):
        sign = ("sign", file, appliance.base / "bad.csr", *slip, *people, *more, "--pin-file", "-", "--json")
        printed.append(start(*home, *sign, given=pins[pin]))
    printed += [start(*home, *verb) for verb in (("log", "show"), ("log", "show", "--json"), ("status",))]
    appliance.base.joinpath("pin").unlink()

    assert [each.code for each in printed] == [0, 1, 1, 0, 0, 0]
    assert len(printed[2].json["issued"]) == 1
    for each in printed:
        assert found_in((each.out + each.err).encode()) == []
    kept = [path for path in appliance.base.rglob("*") if path.is_file()]
    assert len(kept) > 20
    assert {str(path): found for path in kept if (found := found_in(path.read_bytes()))} == {}
