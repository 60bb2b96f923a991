"""Policies that nobody wrote: the vectors with lines and characters changed, read by the real reader."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_root.checks import CODES
from offline_root.display import dangerous
from offline_root.findings import refusals
from offline_root.policy.reader import read_policy

_TEXTS = [
    each.read_text(errors="replace") for each in (Path(__file__).parents[1] / "vectors/policies").glob("*.clean.toml")
]
_LINES = sorted({line for text in _TEXTS for line in text.splitlines()})
_VALUES = st.sampled_from(
    (
        '""',
        "[]",
        "{}",
        "0",
        "-1",
        "1e400",
        "nan",
        "true",
        '"*"',
        "2026-01-01",
        '"\\u202e"',
        '"0d"',
        '"9" * 9',
        "''",
        "9" * 400,
    )
)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """Return a policy of the vectors with one to six changes."""
    lines = draw(st.sampled_from(_TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(lines) - 1)))
        match draw(st.integers(0, 5)):
            case 0:
                lines[place : place + 1] = []
            case 1:
                lines.insert(place, draw(st.sampled_from(_LINES)))
            case 2:
                lines[place : place + 1] = [*lines[place : place + 1] * 2]
            case 3:
                lines[place : place + 1] = [
                    line.split("=")[0] + "= " + draw(_VALUES) for line in lines[place : place + 1]
                ]
            case 4:
                lines[place : place + 1] = [draw(st.text(max_size=30)) for _ in lines[place : place + 1]]
            case _:
                cut = draw(st.integers(0, 30))
                lines[place : place + 1] = [
                    line[:cut] + draw(st.characters()) + line[cut:] for line in lines[place : place + 1]
                ]
    return "\n".join(lines)


def holds(text: str) -> None:
    """Assert what is true of every reading of a policy."""
    reading = read_policy(text, CODES)
    assert (reading.policy is None) == bool(refusals(reading.findings))
    for each in reading.findings:
        assert each.message
        assert not dangerous(each.message + each.field)


@given(policies())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_policy_is_read_or_refused(text: str) -> None:
    holds(text)


@pytest.mark.long
@given(policies())
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_changed_policies_are_read_or_refused(text: str) -> None:
    holds(text)
