"""What must stay true of the project's files. The direction of imports is import-linter's part, see pyproject.toml."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PRODUCT = ("offline_root", "hsm", "usb_transfer", "tui")
DATA = (".toml", ".txt", ".tcss")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUN_TIME = [*PROJECT["dependencies"], *EXTRAS["appliance"], *EXTRAS["build"]]
LOCKED = {"requirements.txt": RUN_TIME, "requirements-test.txt": [*RUN_TIME, *EXTRAS["test"]]}
MARKER = r"[a-z_]+ [!=<]=? '[A-Za-z0-9.]+'"
LOCK_LINE = re.compile(
    rf"[a-z0-9-]+(\[[a-z]+\])?==[0-9.]+( ; {MARKER}( and {MARKER})*)? \\"  # name, version, platforms
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
)


def product_files(*suffixes: str) -> list[Path]:
    """Return the files of the packages that are installed, relative to the project."""
    found = (path for package in PRODUCT for path in (ROOT / package).rglob("*"))
    return sorted(path.relative_to(ROOT) for path in found if path.suffix in suffixes)


def lock_lines(lock: str) -> list[str]:
    """Return a lock file without the comment on top, which says how to renew it."""
    return [line for line in (ROOT / lock).read_text().splitlines() if not line.startswith("#")]


def pins(lock: str) -> dict[str, str]:
    """Return the versions that a lock file installs, by name."""
    named = (line.split()[0].split("==") for line in lock_lines(lock) if not line.startswith(" "))
    return {name.partition("[")[0]: version for name, version in named}


@pytest.mark.parametrize("path", product_files(".py"), ids=str)
class TestProductFile:
    def test_has_at_most_300_lines(self, path: Path) -> None:
        assert len((ROOT / path).read_text().splitlines()) <= 300

    def test_has_no_function_over_50_lines(self, path: Path) -> None:
        tree = ast.parse((ROOT / path).read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 50] == []

    def test_is_named_by_what_it_is_about(self, path: Path) -> None:
        assert not re.search("util|manager|helper", str(path.with_suffix("")).replace("usb_transfer", ""))


def test_every_dependency_says_why() -> None:
    lines = [line.strip() for line in (ROOT / "pyproject.toml").read_text().splitlines()]

    for dependency in LOCKED["requirements-test.txt"]:
        above = lines[lines.index(f'"{dependency}",') - 1]
        assert above.startswith("# "), dependency


@pytest.mark.parametrize("lock", LOCKED)
class TestLockFile:
    def test_has_versions_and_hashes_and_nothing_else(self, lock: str) -> None:
        """No address, no folder, no option: where packages come from is the machine's own affair."""
        assert [line for line in lock_lines(lock) if not LOCK_LINE.fullmatch(line)] == []

    def test_names_no_place_in_its_comment(self, lock: str) -> None:
        comment = [line for line in (ROOT / lock).read_text().splitlines() if line.startswith("#")]
        assert [line for line in comment if re.search(r"://|\.(org|com|net)\b|(^|[\s=])/", line)] == []

    def test_has_what_the_project_asks_for(self, lock: str) -> None:
        found = pins(lock)
        for asked in map(Requirement, LOCKED[lock]):
            assert asked.specifier.contains(found[canonicalize_name(asked.name)]), asked


def test_tests_run_with_the_very_versions_of_run_time() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-test.txt").items()


def test_the_package_holds_the_product_and_no_tests(tmp_path: Path) -> None:
    for name in (*PRODUCT, "tests"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "made", "."]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    with zipfile.ZipFile(next(tmp_path.glob("made/*.whl"))) as wheel:
        packaged = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packaged == {str(path) for path in product_files(".py", *DATA)}


@pytest.mark.parametrize("script", ["run", ".ci/run", "image/init", "image/start"])
def test_shell_scripts_are_clean(script: str) -> None:
    checked = subprocess.run(["shellcheck", script], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")
