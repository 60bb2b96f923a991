"""The folder of the corpus, and its index: what each file is, and what must come of it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cryptography_vectors

FOLDER = Path(__file__).parents[1] / "vectors" / "requests"
ELSEWHERE = "cryptography_vectors/"
"""Begins the names of files that stand in the package of that name, and not in the folder."""
INDEX = FOLDER / "index.json"
POLICY = FOLDER / "policy.toml"

ALWAYS = ("certificate.extended-key-usage.absent", "review.name-constraints.open")
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
        return self.path.read_bytes()

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return path_of(self.file)


def path_of(file: str) -> Path:
    """Return where a file of the index is."""
    if file.startswith(ELSEWHERE):
        return Path(cryptography_vectors.__file__).parent / file.removeprefix(ELSEWHERE)
    return FOLDER / file


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
