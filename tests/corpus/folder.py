"""The folder of the corpus, and its index: what each file is, and what must come of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "vectors" / "requests"
INDEX = FOLDER / "index.json"
POLICY = FOLDER / "policy.toml"

ALWAYS = ("review.name-constraints.open",)
"""Codes of every review, which the index does not repeat."""


@dataclass(frozen=True)
class Case:
    """One row of the index. `form` is None where the reader refuses the file."""

    file: str
    what: str
    environment: str
    name: str
    after: tuple[tuple[str, str], ...]
    form: str | None
    verdict: str
    codes: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """Return the octets of the file."""
        return FOLDER.joinpath(self.file).read_bytes()


def _case(row: dict[str, Any]) -> Case:
    return Case(
        file=row["file"],
        what=row["what"],
        environment=row.get("environment", "test"),
        name=row.get("name", row["file"].rsplit("/", 1)[-1]),
        after=tuple((file, environment) for file, environment in row.get("after", ())),
        form=row.get("form"),
        verdict=row["verdict"],
        codes=tuple(row["codes"]),
    )


def index() -> dict[str, Case]:
    """Return every case by its file."""
    families = json.loads(INDEX.read_text())["families"]
    return {row["file"]: _case(row) for family in families.values() for row in family["cases"]}
