"""Custodians at the terminal of the command line: they write down what is shown, and type it from their cards."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from offline_root.cli import ask, custodians

PATIENCE = 100
"""How often the same question may be asked: whoever only ever presses Enter would be asked for ever."""
_SHOWN = re.compile(r"^((?:PIN|BACKUP) SHARE (\d+) of \d+ .*)\n\n((?:.*\n)+)\n$")


@dataclass
class Custodians:
    """Who they are by number, and the words on their cards; `asked`: every question, in order.

    `mistyped`: so many times the first word is typed wrongly. `entering`: who enters a share, in order.
    """

    cards: dict[int, str] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    mistyped: int = 0
    entering: list[int] = field(default_factory=list)

    @contextmanager
    def present(self) -> Iterator[None]:
        """Let the command line find a terminal with custodians before it."""
        with (
            patch.object(ask, "somebody", lambda: True),
            patch.object(ask, "text", self._text),
            patch.object(ask, "secret", self._secret),
            patch.object(custodians, "tell", self._tell),
        ):
            yield

    def _tell(self, *lines: str) -> None:
        self.said += lines
        for shown in filter(None, (_SHOWN.match(f"{line}\n") for line in lines)):
            cells = re.findall(r"(\d+) ([a-z]+)", shown[3])
            number = int(shown[2])
            self.labels[number] = shown[1]
            self.cards[number] = " ".join(word for _, word in sorted(cells, key=lambda cell: int(cell[0])))

    def _text(self, question: str, option: str) -> str:
        assert self.asked.count(question) < PATIENCE, f"asked again and again: {question}"
        self.asked.append(question)
        return ""

    def _secret(self, what: str, option: str, file: str | None, *, twice: bool = False) -> str:
        if file is not None:
            return Path(file).read_text().removesuffix("\n")
        self.asked.append(what)
        back = re.search(r"SHARE (\d+) of", what)
        words = self.cards[int(back[1]) if back else self.entering.pop(0)]
        if self.mistyped:
            self.mistyped -= 1
            return f"zzzz {words.split(maxsplit=1)[1]}"
        return words

    def files(self, folder: Path, *numbers: int) -> list[str]:
        """Return the options that give the shares of some custodians in files."""
        options = []
        for number in numbers:
            file = folder / f"share-{number}"
            file.write_text(f"{self.cards[number]}\n")
            options += ["--share-file", str(file)]
        return options
