"""The verbs of other people's machines, where nothing is installed but what the project always depends on."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.appliance import Appliance, example_policy
from tests.requests import request, written

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent
OURS = ("pyproject.toml", "LICENSE", "offline_root", "hsm", "tui", "usb_transfer")
MADE_FOR_THE_APPLIANCE = ("pkcs11", "textual", "qrcode", "pyudev")


def needed(asked: list[str], seen: set[str]) -> Iterator[str]:
    """Return the names of the packages that these bring, each once."""
    for each in map(Requirement, asked):
        if each.name not in seen and (each.marker is None or each.marker.evaluate({"extra": ""})):
            seen.add(each.name)
            yield each.name
            yield from needed(distribution(each.name).requires or [], seen)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what `pip install .` brings: this project as it is packaged, what it needs, and no more."""
    folder, source = tmp_path_factory.mktemp("machine"), tmp_path_factory.mktemp("source")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for name in OURS:  # a copy: building leaves files beside what it builds
        at = ROOT / name
        (shutil.copytree if at.is_dir() else shutil.copy)(at, source / name)
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", folder, source], check=True)
    for name in needed(project["dependencies"], set()):
        there = distribution(name)
        for top in {file.parts[0] for file in there.files or () if file.parts[0] not in ("..", "__pycache__")}:
            link = folder / top
            if not link.exists():  # two may share a folder
                link.symlink_to(Path(str(there.locate_file(top))))
    return folder


def on(machine: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program as that machine would."""
    start = "import sys; from offline_root.__main__ import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-S", "-P", "-c", start, "--home", machine / "no-home", *arguments],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(machine), "LANG": "C.UTF-8"},
    )


@pytest.mark.parametrize("library", MADE_FOR_THE_APPLIANCE)
def test_the_machine_has_no_library_of_the_appliance(machine: Path, library: str) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", f"import {library}"],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(machine)},
    )
    assert f"No module named '{library}'" in done.stderr


def test_a_request_is_prepared_and_the_answer_verified(machine: Path, created: Appliance, tmp_path: Path) -> None:
    policy = written(tmp_path, "policy.toml", example_policy().encode())
    csr = written(tmp_path, "ca.csr", request())
    asked = ("--environment", "test", "--policy", policy)

    preset = on(machine, "policy", "new", "--preset", "solo", "--name", "PrivSec")
    assert (preset.returncode, "[environments." in preset.stdout) == (0, True), preset.stderr
    assert on(machine, "policy", "check", policy).returncode == 0
    assert on(machine, "inspect", csr, *asked).returncode == 0
    prepared = on(machine, "--json", "prepare", csr, *asked, "--out", tmp_path / "out", "--asked-by", "Ann Admin")
    assert prepared.returncode == 0, prepared.stderr

    appliance = created.copy(tmp_path / "appliance")
    signed = appliance.sign("test", Path(json.loads(prepared.stdout)["folder"]) / "ca.csr")
    verified = on(machine, "--json", "verify", signed.json["response"], "--anchor", appliance.anchor)
    assert (verified.returncode, json.loads(verified.stdout)["ok"]) == (0, True), verified.stderr


def test_what_needs_the_appliance_says_so(machine: Path, created: Appliance, tmp_path: Path) -> None:
    appliance = created.copy(tmp_path / "appliance")
    done = on(machine, "--home", appliance.home, "crl", *appliance.ceremony(), "--out", tmp_path)
    assert done.returncode == 1
    assert "not installed here: shamir_mnemonic" in done.stderr
    assert "Traceback" not in done.stderr
