"""Make the corpus: `python -m tests.corpus.make` writes files and index, and keeps the expectations as they are.

Expectations of new files, and of files whose outcome has changed, are filled in with `--observe`. Then read the
difference in git, line by line: it says what the program does, not what it should do.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

from tests.corpus import asked, encoding, file, history, key, programs, signature, subject
from tests.corpus.build import Vector
from tests.corpus.folder import ALWAYS, ELSEWHERE, FOLDER, INDEX
from tests.corpus.judge import judge
from tests.offline_root.request.derived import derived, wrapped

_WHY_FORMS = "Whatever online CAs and people make of a request on its way is read, if there is one reading of it alone."


def _forms() -> Iterator[Vector]:
    sound = {*wrapped(), "many-digits.json"} - {"base64-smallest.txt", "smallest.der"}  # these two have no subject
    for name, content in derived().items():
        what = name.rsplit(".", 1)[0].replace("-", " ")
        yield Vector(name, f"good: {what}" if name in sound else what, content)


@cache
def families() -> dict[str, tuple[str, tuple[Vector, ...]]]:
    """Return every family: why it matters, and its files."""
    return {
        "programs": (programs.WHY, tuple(programs.made())),
        "elsewhere": (programs.WHY_ELSEWHERE, tuple(programs.elsewhere())),
        "forms": (_WHY_FORMS, tuple(_forms())),
        "file": (file.WHY, tuple(file.files())),
        "encoding": (encoding.WHY, tuple(encoding.encodings())),
        "version": (encoding.WHY_VERSION, tuple(encoding.versions())),
        "subject": (subject.WHY, tuple(subject.subjects())),
        "key": (key.WHY, tuple(key.keys())),
        "signature": (signature.WHY, tuple(signature.signatures())),
        "attribute": (asked.WHY_ATTRIBUTES, tuple(asked.attributes())),
        "extension": (asked.WHY_EXTENSIONS, tuple(asked.extensions())),
        "history": (history.WHY, tuple(history.histories())),
        "name": (history.WHY_NAMES, tuple(history.names())),
    }


def _row(vector: Vector, expected: dict[str, Any], *, observe: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"file": vector.file, "what": vector.what}
    if vector.environment != "test":
        row["environment"] = vector.environment
    if vector.name:
        row["name"] = vector.name
    if vector.after:
        row["after"] = [list(each) for each in vector.after]
    if observe:
        name = vector.name or vector.file.rsplit("/", 1)[-1]
        judged = judge(name, vector.content, vector.environment, vector.after)
        codes = [code for code in judged.codes if code not in ALWAYS]
        expected = {"form": judged.form, "verdict": judged.verdict, "codes": codes}
    return row | {name: expected[name] for name in ("form", "verdict", "codes") if expected.get(name) is not None}


def index_text(*, observe: bool = False) -> str:
    """Return the index as it should stand in its file: one line a file of the corpus."""
    before: dict[str, Any] = json.loads(INDEX.read_text()) if INDEX.exists() else {"families": {}}
    known = {row["file"]: row for family in before["families"].values() for row in family["cases"]}
    lines = ['{"format": 1, "policy": "policy.toml", "always": ' + json.dumps(ALWAYS) + ', "families": {']
    for name, (why, vectors) in (found := families()).items():
        rows = [json.dumps(_row(each, known.get(each.file, {}), observe=observe)) for each in vectors]
        lines.append(f'{json.dumps(name)}: {{"why": {json.dumps(why)}, "cases": [')
        lines.append(",\n".join(rows))
        lines.append("]}," if name != list(found)[-1] else "]}")
    return "\n".join([*lines, "}}", ""])


def main() -> None:
    """Write every file, then the index; remove what is no longer made."""
    vectors = tuple(chain.from_iterable(each for _, each in families().values()))
    for each in vectors:
        path = FOLDER / each.file
        if each.file.startswith(ELSEWHERE):
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(each.content)
    INDEX.write_text(index_text(observe="--observe" in sys.argv[1:]))


if __name__ == "__main__":
    main()
