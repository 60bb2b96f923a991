"""Every test that docs/threat-model.md names as evidence must exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLAIMS = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[a-z_0-9/.]+(?:::test_\w+)?)`", CLAIMS)))


def test_the_page_names_evidence_for_every_claim() -> None:
    rows = [line for line in CLAIMS.splitlines() if line.startswith("| ") and not line.startswith(("| claim", "|---"))]
    assert len(rows) >= 15
    assert all("`tests/" in row for row in rows)


@pytest.mark.parametrize("named", NAMED)
def test_the_evidence_exists(named: str) -> None:
    file, _, test = named.partition("::")
    assert (ROOT / file).exists()
    if test:
        assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
