"""The table of all codes: complete, well formed, and the same as docs/checks.md."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from offline_root.catalogue import _DECLARING, catalogue, markdown

PROJECT = Path(__file__).parents[2]
TABLE_ROW = re.compile(r"\| `([a-z0-9.-]+)` \| (refuse|warn|info) \| (required|recommended) \|( [^|\n]+ \|){3}")


def declaring() -> set[str]:
    """Return the modules of the product that call `declare`."""
    found = set()
    for path in (PROJECT / "offline_root").rglob("*.py"):
        calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any("declare" in (getattr(each, "id", ""), getattr(each, "attr", "")) for each in calls):
            found.add(".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"))
    return found - {"offline_root.findings"}  # where the shorter ways to declare are


def test_every_module_that_declares_is_listed() -> None:
    listed = set(_DECLARING)
    checks = {each for each in declaring() if each.startswith("offline_root.checks.")}
    # `offline_root.checks` itself imports its families; what it does not import stands in the list.
    assert declaring() - checks == listed - {"offline_root.checks", "offline_root.checks.weigh"}
    assert {f"offline_root.checks.{each}" for each in ("weigh", "key", "subject", "review", "approval")} <= checks


def _names(program: str) -> list[str]:
    """Return the names of codes that a fresh interpreter prints."""
    said = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True, capture_output=True, text=True)
    return said.stdout.split()


def test_no_other_module_adds_a_code() -> None:
    alone = "from offline_root.catalogue import catalogue; print(*(each.name for each in catalogue()))"
    with_everything = (
        "import pkgutil, importlib, offline_root\n"
        "for each in pkgutil.walk_packages(offline_root.__path__, 'offline_root.'):\n"
        "    each.name.endswith('__main__') or importlib.import_module(each.name)\n"
        "from offline_root.findings import declared; print(*(each.name for each in declared()))"
    )
    assert _names(alone) == _names(with_everything)
    assert len(_names(alone)) > 80


def test_codes_are_sorted_and_say_everything() -> None:
    codes = catalogue()
    assert [each.name for each in codes] == sorted(each.name for each in codes)
    for each in codes:
        assert re.fullmatch(r"[a-z0-9]+(\.[a-z0-9-]+)+", each.name)
        assert each.title
        assert each.rule
        assert each.mend
        assert not each.title.endswith(".")
        assert "\n" not in each.title + each.rule + each.mend


def test_the_table_has_one_well_formed_row_for_each() -> None:
    head, rows = markdown().split("|---|---|---|---|---|---|\n")
    assert head.startswith("# Checks\n")
    assert head.endswith("| code | severity | strength | what | rule | what to do |\n")
    lines = rows.removesuffix("\n").split("\n")
    matched = [TABLE_ROW.fullmatch(each.replace(r"\|", "")) for each in lines]
    assert [match[1] if match else None for match in matched] == [each.name for each in catalogue()]


def test_the_page_is_current() -> None:
    """Renew it with `python -m offline_root policy explain --markdown > docs/checks.md`."""
    assert (PROJECT / "docs" / "checks.md").read_text() == markdown()
