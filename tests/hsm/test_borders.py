"""Who may import what, seen in the source and at run time."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hsm

SOURCES = sorted(Path(hsm.__file__).parent.rglob("*.py"))


def imported(source: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(str(node.module))
    return {name.partition(".")[0] for name in found}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_only_the_worker_imports_pkcs11(source: Path) -> None:
    assert ("pkcs11" in imported(source)) == (source.name in ("worker.py", "objects.py", "copies.py", "inventory.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_only_the_part_for_yubihsm_imports_its_library(source: Path) -> None:
    assert bool(imported(source) & {"yubihsm", "usb"}) == (source.name in ("yubico.py", "connector.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_nothing_of_ours_is_imported(source: Path) -> None:
    ours = {"offline_root", "usb_transfer", "tui", "tests"}
    assert imported(source) - set(sys.stdlib_module_names) - ours <= {"hsm", "pkcs11", "cryptography", "yubihsm", "usb"}
    assert not imported(source) & ours


def test_importing_the_package_loads_no_pkcs11() -> None:
    code = "import sys, hsm; print('pkcs11' in sys.modules, 'hsm.worker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"False False\n"


def test_everything_named_for_others_is_there() -> None:
    assert all(hasattr(hsm, name) for name in hsm.__all__)
