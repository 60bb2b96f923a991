"""The policy in force is the text in the log, read anew."""

from dataclasses import replace

import pytest

from offline_root.errors import PolicyError
from offline_root.policy.force import in_force, read_in_force
from offline_root.policy.rehearsal import rehearsed
from tests.authorities import TEXT, policy, root
from tests.logbook import created

STATE = created(root()).state


def test_it_is_the_text_of_the_log() -> None:
    assert in_force(STATE) == policy()
    assert in_force(replace(STATE, policy=TEXT.replace("witnesses = 1", "witnesses = 2"))).ceremony.witnesses == 2


def test_a_rehearsal_has_its_overlay() -> None:
    assert in_force(replace(STATE, rehearsal=True)) == rehearsed(policy())
    assert read_in_force(TEXT, rehearsal=True) == rehearsed(policy())


@pytest.mark.parametrize("text", ["", "format = 2", TEXT + "\nmore = 1\n", "\ufeff" + TEXT])
def test_a_text_that_is_not_understood_signs_nothing(text: str) -> None:
    with pytest.raises(PolicyError, match="This version does not accept the policy: line ") as caught:
        read_in_force(text, rehearsal=False)
    assert not caught.value.retry


def test_a_row_of_severity_may_name_every_check_that_there_is() -> None:
    row = '"request.extension.path-length" = { severity = "info", reason = "x" }'
    assert len(read_in_force(f"{TEXT}{row}\n", rehearsal=False).severity) == 2
    with pytest.raises(PolicyError):
        read_in_force(f"{TEXT}{row.replace('path-length', 'path')}\n", rehearsal=False)
