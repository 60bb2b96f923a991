"""The policies to start from: they can be read, they say everything, and what they call a default is one."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.errors import PolicyError
from offline_root.findings import Severity
from offline_root.keys import KeyKind
from offline_root.policy import layout
from offline_root.policy.model import NameConstraints, Policy
from offline_root.policy.presets import DEFAULT_ENVIRONMENTS, PRESETS, Environments, preset_text
from offline_root.policy.reader import read_policy
from tests.offline_root.policy.known import KNOWN

OWN = (("test", ("test.privsec.ch", "localhost")), ("prod", ("any",)))


def read(text: str) -> Policy:
    reading = read_policy(text, KNOWN)
    assert reading.policy is not None, reading.findings
    return reading.policy


@pytest.mark.parametrize("preset", PRESETS)
class TestEveryPreset:
    def test_notes_only_what_is_to_be_edited(self, preset: str) -> None:
        findings = read_policy(preset_text(preset, "PrivSec"), KNOWN).findings
        assert [(finding.code, finding.field) for finding in findings] == [
            ("policy.placeholder", "root.crl_url"),
            ("policy.placeholder", "root.certificate_url"),
            ("policy.placeholder", "environments.test.name_constraints.permitted_dns"),
            ("policy.placeholder", "environments.prod.name_constraints.permitted_dns"),
        ]

    def test_names_what_it_is_for(self, preset: str) -> None:
        policy = read(preset_text(preset, "PrivSec", OWN))
        assert policy.root.common_name == "PrivSec OFFLINE Root CA"
        assert policy.root.attributes == (("organization", "PrivSec"),)
        assert [
            (each.name, each.common_name, each.file_name, each.mount, each.name_constraints)
            for each in policy.environments
        ] == [
            (
                "test",
                "PrivSec Intermediate CA (test)",
                "test-ca",
                "pki-test",
                NameConstraints(permitted_dns=("test.privsec.ch", "localhost")),
            ),
            ("prod", "PrivSec Intermediate CA (prod)", "prod-ca", "pki-prod", NameConstraints(permitted_dns=None)),
        ]

    def test_takes_the_key_of_a_usual_request(self, preset: str) -> None:
        assert all(KeyKind.RSA_4096 in each.keys for each in read(preset_text(preset, "PrivSec")).environments)

    def test_shows_defaults_as_they_are(self, preset: str) -> None:
        """The same policy comes out when every default is made a line of its own."""
        text = preset_text(preset, "PrivSec")
        written_out, count = re.subn(r"^#(?=[a-z_]+ = )", "", text, flags=re.MULTILINE)
        assert count == 3 + 4 + 2 * 8  # [root], [ceremony], two environments
        assert replace(read(written_out), text=text) == read(text)

    def test_has_every_key(self, preset: str) -> None:
        text = preset_text(preset, "PrivSec", (("test", ()),))
        root, ceremony, environment, constraints = re.split(r"^\[.*\]$", text, flags=re.MULTILINE)[1:5]
        for part, keys in (
            (root, layout.ROOT),
            (ceremony, layout.CEREMONY),
            (environment, layout.ENVIRONMENT),
            (constraints, {**layout.NAME_CONSTRAINTS, **layout.SEVERITY}),
        ):
            absent = {key for key in keys if not re.search(rf"\b{key}\b", part)}
            assert absent <= {"name_constraints"}

    def test_marks_what_is_to_be_edited(self, preset: str) -> None:
        assert preset_text(preset, "PrivSec").count("# EDIT: ") == 3
        assert preset_text(preset, "PrivSec", OWN).count("# EDIT: ") == 1

    def test_fits_a_console(self, preset: str) -> None:
        text = preset_text(preset, "PrivSec")
        assert text.isascii()
        assert max(map(len, text.split("\n"))) <= 80


def test_solo_works_alone_and_from_the_command_line() -> None:
    ceremony = read(preset_text("solo", "PrivSec")).ceremony
    assert (ceremony.witnesses, ceremony.interfaces, ceremony.opening_head) == (0, ("tui", "cli"), "optional")


def test_team_is_the_model_s_own_ceremony() -> None:
    ceremony = read(preset_text("team", "PrivSec")).ceremony
    assert (ceremony.witnesses, ceremony.interfaces, ceremony.opening_head) == (1, ("tui",), "required")


def test_examples_in_comments_can_be_used() -> None:
    """Each `#   key = value` example does what it says, once it is taken out of its comment."""
    text = preset_text("solo", "PrivSec", OWN).replace('activation = "pin"\n', "", 1)
    text = re.sub(r"^#   (?=[a-z_]+ = |\[|\")", "", text, flags=re.MULTILINE)
    text = re.sub(r'" {2,}(?=[a-z])', '"\n', text)
    policy = read(text)

    assert policy.ceremony.shares == (3, 5)
    assert policy.ceremony.backup == (2, 3)
    assert policy.root.path_length == 1
    assert dict(policy.root.attributes)["locality"] == "Thun"
    assert policy.environments[0].name_constraints.permitted_email == ("example.org",)
    assert [row.severity for row in policy.severity] == [Severity.WARN]


@pytest.mark.parametrize(
    ("name", "environments"),
    [
        ("Müller", OWN),
        ("x" * 50, OWN),
        ("", OWN),
        ("*", OWN),
        ("Priv\nSec", OWN),
        ("PrivSec", ()),
        ("PrivSec", (("Test", ()),)),
        ("PrivSec", (("te\nst", ()),)),
        ("PrivSec", (("test]\n[severity", ()),)),
        ("PrivSec", (("test", ()), ("test", ()))),
        ("PrivSec", (("test", (".privsec.ch",)),)),
    ],
    ids=repr,
)
def test_names_that_do_not_do_are_refused(name: str, environments: Environments) -> None:
    with pytest.raises(PolicyError, match="no policy can be made of these names: line ") as raised:
        preset_text("solo", name, environments)
    assert raised.value.mend


NAMES = st.text(st.characters(max_codepoint=300), max_size=12) | st.sampled_from(
    ['"', "\\", "$key", "$$", "${key}", "{x}"]
)


@given(NAMES, st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2).map(tuple)), max_size=2).map(tuple))
def test_a_name_is_written_as_it_is_or_refused(name: str, environments: Environments) -> None:
    for given_environments in (environments, DEFAULT_ENVIRONMENTS):
        try:
            policy = read(preset_text("solo", name, given_environments))
        except PolicyError:
            continue
        assert policy.root.common_name == f"{name} OFFLINE Root CA"
        assert [each.name for each in policy.environments] == [each for each, _ in given_environments]
