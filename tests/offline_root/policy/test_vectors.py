"""Policies as files: each says on top, in `# expect:` lines, what is found in it, and nothing else may be."""

import re
from pathlib import Path

import pytest

from offline_root.findings import Code, Severity
from offline_root.policy import codes
from offline_root.policy.reader import PolicyReading, decode_policy
from tests.offline_root.policy.known import KNOWN

FOLDER = Path(__file__).parents[2] / "vectors" / "policies"
VECTORS = sorted(FOLDER.glob("*.toml"))
CODES = sorted(each.name for each in vars(codes).values() if isinstance(each, Code))
EXPECT = re.compile(rb"# expect: (?:nothing|(\S+) (.+) line ([0-9]+))")


def expected(vector: Path) -> list[tuple[str, str, int]]:
    """Return the code, key and line of each finding that a vector announces."""
    head = (EXPECT.fullmatch(line) for line in vector.read_bytes().split(b"\n"))
    return [(match[1].decode(), match[2].decode(), int(match[3])) for match in head if match and match[1]]


def found(reading: PolicyReading) -> list[tuple[str, str, int]]:
    """Return the same of what was read; `-` is a finding about the whole file."""
    lines = (re.match(r"line ([0-9]+): \S", finding.message) for finding in reading.findings)
    pairs = zip(reading.findings, lines, strict=True)
    return [(finding.code, finding.field or "-", int(line[1]) if line else 0) for finding, line in pairs]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_vector_gives_what_it_announces(vector: Path) -> None:
    reading = decode_policy(vector.read_bytes(), KNOWN)

    assert found(reading) == expected(vector)
    refused = any(finding.severity is Severity.REFUSE for finding in reading.findings)
    assert (reading.policy is None) == refused


@pytest.mark.parametrize("code", CODES)
class TestEveryCode:
    def test_has_a_vector_that_shows_it(self, code: str) -> None:
        assert code in [announced for announced, _, _ in expected(FOLDER / f"{code}.found.toml")]

    def test_has_a_vector_that_comes_close(self, code: str) -> None:
        assert expected(FOLDER / f"{code}.clean.toml") == []


def test_every_vector_announces_something() -> None:
    silent = [path.name for path in VECTORS if b"# expect: " not in path.read_bytes().split(b"\n")[0]]
    assert silent == []
