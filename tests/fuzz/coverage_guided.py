"""Atheris on the reader: `python -m tests.fuzz.coverage_guided FOLDER [OPTION OF LIBFUZZER…]`.

It follows the branches of the reader's own code, and keeps in FOLDER what found a new one, beside the corpus.
"""

import sys
import warnings
from pathlib import Path

import atheris

from tests.corpus.folder import index
from tests.fuzz.mutants import MOST

with atheris.instrument_imports(include=["offline_root.request", "offline_root.der"]):
    from offline_root.findings import refusals
    from offline_root.model import Unreadable
    from offline_root.request.reader import read_request


def one(data: bytes) -> None:
    """Read one file."""
    outcome = read_request("fuzz.csr", data)
    assert bool(refusals(outcome.findings)) == isinstance(outcome, Unreadable)


def main() -> None:
    """Fuzz until the options say that it is enough."""
    folder = Path(sys.argv[1])
    for number, case in enumerate(index().values()):
        if len(case.content) <= MOST:
            folder.joinpath(str(number)).write_bytes(case.content)
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
