"""What a start loads. Only a fresh process can tell: in this one, pytest and the other tests have loaded most of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
LATER = {"textual", "rich", "pkcs11", "pyudev", "pkilint", "shamir_mnemonic"}
"""The libraries of screens, token, stick, linter and shares: slow to load, or made to touch hardware."""


def loaded_by(*arguments: str) -> set[str]:
    """Return the top-level modules that a Python with these arguments loads."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert (done.returncode, "Traceback (most recent call last):" in said) in {(0, False), (1, False)}, said
    return {module.partition(".")[0] for module in IMPORTED.findall(done.stderr)}


@pytest.mark.parametrize("library", sorted(LATER))
def test_the_measure_sees_a_library(library: str) -> None:
    assert library in loaded_by("-c", f"import {library}")


@pytest.mark.parametrize("module", ["offline_root.station", "offline_root.cli", "offline_root.__main__"])
def test_importing_a_module_loads_none_of_them(module: str) -> None:
    assert loaded_by("-c", f"import {module}") & LATER == set()


def test_the_core_needs_neither_the_token_nor_the_stick_package() -> None:
    assert loaded_by("-c", "import offline_root.station") & {"hsm", "usb_transfer", "tui"} == set()


def test_inspect_loads_none_of_them(tmp_path: Path) -> None:
    policy, request = tmp_path / "policy.toml", tmp_path / "request.csr"
    new_policy = ("policy", "new", "--preset", "solo", "--name", "Example", "--environment", "test=test.example.org")
    made = subprocess.run([sys.executable, "-m", "offline_root", *new_policy], check=True, capture_output=True)
    policy.write_bytes(made.stdout)
    ask = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Example"]
    subprocess.run([*ask, "-out", request], check=True, capture_output=True)

    loaded = loaded_by("-m", "offline_root", "inspect", str(request), "--policy", str(policy))
    assert loaded & LATER == set()
    assert "cryptography" in loaded  # it did read the request


@pytest.mark.parametrize("verb", ["--help", "status", "log verify", "policy explain"])
def test_verbs_that_only_read_load_none_of_them(verb: str, tmp_path: Path) -> None:
    assert loaded_by("-m", "offline_root", "--home", str(tmp_path), *verb.split()) & LATER == set()
