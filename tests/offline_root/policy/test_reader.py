"""The reader beyond single vectors: what a whole policy becomes, and that nothing makes the reader fall over."""

import dataclasses
import re
import tomllib
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_root.findings import Severity
from offline_root.keys import KeyKind
from offline_root.moments import Duration
from offline_root.names import build, root_name
from offline_root.policy import layout
from offline_root.policy.combinations import overlap
from offline_root.policy.model import (
    ATTRIBUTES,
    CeremonyPolicy,
    EnvironmentPolicy,
    Lowered,
    NameConstraints,
    Policy,
    RootPolicy,
)
from offline_root.policy.reader import LINE_LIMIT, SIZE_LIMIT, PolicyReading, decode_policy, read_policy
from offline_root.policy.table import Keys
from offline_root.profile import name_constraints
from tests.offline_root.policy.known import KNOWN

VECTORS = Path(__file__).parents[2] / "vectors" / "policies"
DESIGN = (VECTORS / "design.clean.toml").read_text()
LEAST = (VECTORS / "policy.key.missing.clean.toml").read_text()


def read(text: str) -> Policy:
    reading = read_policy(text, KNOWN)
    assert reading.policy is not None, reading.findings
    return reading.policy


class TestWholePolicy:
    def test_is_what_the_file_says(self) -> None:
        owner = (("country", "CH"), ("organization", "PrivSec"))
        test = EnvironmentPolicy(
            name="test",
            common_name="PrivSec Intermediate CA (test)",
            attributes=owner,
            file_name="test-ca",
            keys=(KeyKind.RSA_4096, KeyKind.EC_P256, KeyKind.EC_P384),
            validity=Duration(3650, "d"),
            strictness=Severity.WARN,
            mount="pki-test",
            name_constraints=NameConstraints(
                permitted_dns=("test.privsec.ch", "localhost"), permitted_ip=("127.0.0.0/8", "::1/128")
            ),
        )
        prod = EnvironmentPolicy(
            name="prod",
            common_name="PrivSec Intermediate CA (prod)",
            attributes=owner,
            file_name="prod-ca",
            mount="pki-prod",
            name_constraints=NameConstraints(permitted_dns=("privsec.ch",)),
        )
        assert read(DESIGN) == Policy(
            text=DESIGN,
            root=RootPolicy(
                common_name="PrivSec OFFLINE Root CA",
                attributes=owner,
                crl_url="http://pki.example.org/root-ca.crl",
                certificate_url="http://pki.example.org/root-ca.der",
            ),
            ceremony=CeremonyPolicy(),
            environments=(test, prod),
            severity=(Lowered("request.key.rsa-exponent", Severity.WARN, "Old devices."),),
        )

    def test_takes_every_default_from_the_model(self) -> None:
        policy = read(LEAST)

        assert policy.ceremony == CeremonyPolicy()
        parts = (policy.root, policy.environments[0], policy.environments[0].name_constraints)
        for part in parts:
            defaults = {each.name: each.default for each in dataclasses.fields(part)}
            given = {key for key, default in defaults.items() if getattr(part, key) != default}
            assert all(defaults[key] is dataclasses.MISSING for key in given)

    def test_reads_shares(self) -> None:
        assert read((VECTORS / "policy.ceremony.shares.clean.toml").read_text()).ceremony.shares == (2, 2)

    def test_reads_any_name(self) -> None:
        constraints = read((VECTORS / "policy.value.empty.clean.toml").read_text()).environments[0].name_constraints
        assert constraints == NameConstraints(permitted_dns=None)

    def test_finds_environments_by_name(self) -> None:
        policy = read(DESIGN)
        assert policy.environment("prod") is policy.environments[1]
        assert policy.environment("stage") is None


class TestSubjectAttributes:
    def attributes(self, lines: str) -> tuple[tuple[str, str], ...]:
        text = DESIGN.replace("[environments.prod]\n", f"[environments.prod]\n{lines}\n")
        return read(text).environments[1].attributes

    def test_are_those_of_the_root_unless_given(self) -> None:
        assert self.attributes('locality = "Thun"\norganization = "*"') == (
            ("country", "CH"),
            ("locality", "Thun"),
            ("organization", "*"),
        )

    def test_are_in_the_order_of_the_model(self) -> None:
        backwards = "\n".join(f'{word} = "{"CH" if word == "country" else word}"' for word in reversed(ATTRIBUTES))
        assert tuple(word for word, _ in self.attributes(backwards)) == ATTRIBUTES


@pytest.mark.parametrize(
    ("keys", "model", "besides"),
    [
        (layout.ROOT, RootPolicy, {"attributes"}),
        (layout.CEREMONY, CeremonyPolicy, set()),
        (layout.ENVIRONMENT, EnvironmentPolicy, {"attributes", "name", "name_constraints"}),
        (layout.NAME_CONSTRAINTS, NameConstraints, set()),
        (layout.SEVERITY, Lowered, {"code"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_layout_has_the_keys_of_the_model(keys: Keys, model: type, besides: set[str]) -> None:
    """A field without a default is a key that must be in the file."""
    missing = dataclasses.MISSING
    wanted = {each.name: each.default is missing for each in dataclasses.fields(model) if each.name not in besides}
    assert {each: key.example is not None for each, key in keys.items() if each in wanted} == wanted
    assert keys.keys() - wanted.keys() <= {*ATTRIBUTES, "name_constraints"}


@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.clean.toml")), ids=lambda path: path.stem)
def test_what_the_reader_accepts_makes_a_certificate(path: Path) -> None:
    """No value that the reader lets through is refused later, in the middle of a ceremony."""
    policy = read(path.read_text())
    assert root_name(policy.root).public_bytes()
    for environment in policy.environments:
        assert name_constraints(environment.name_constraints).public_bytes()
        assert build((("common_name", environment.common_name),)).public_bytes()


def reads(line: str, table: str) -> bool:
    """Say whether the least policy is good with one more line in a table."""
    return read_policy(LEAST.replace(f"{table}\n", f"{table}\n{line}\n"), KNOWN).policy is not None


@pytest.mark.parametrize(
    ("table", "line", "longest"),
    [
        ("[root]", 'state = "{}"', 128),
        ("[root]", 'locality = "{}"', 128),
        ("[root]", 'organization = "{}"', 64),
        ("[root]", 'organizational_unit = "{}"', 64),
        ("[environments.test]", 'mount = "{}"', 128),
        ("[environments.test.name_constraints]", 'permitted_email = ["{}@x.ch"]', 64),
        ("[environments.test.name_constraints]", f'permitted_uri = ["{("a" * 61 + ".") * 4}{{}}"]', 5),
        ("[environments.test.name_constraints]", 'permitted_uri = ["{}.ch"]', 63),
    ],
)
def test_a_text_has_its_greatest_length(table: str, line: str, longest: int) -> None:
    assert reads(line.format("x" * longest), table)
    assert not reads(line.format("x" * (longest + 1)), table)


@pytest.mark.parametrize(
    ("table", "key", "least", "greatest"),
    [
        ("[root]", "path_length", 1, 10),
        ("[ceremony]", "witnesses", 0, 20),
        ("[ceremony]", "pin_attempts", 1, 10),
        ("[environments.test]", "path_length", 0, 10),
    ],
)
def test_a_number_has_its_limits(table: str, key: str, least: int, greatest: int) -> None:
    text = f"{LEAST}[ceremony]\n"
    for number in range(least - 1, greatest + 2):
        read_it = read_policy(text.replace(f"{table}\n", f"{table}\n{key} = {number}\n"), KNOWN).policy is not None
        assert read_it == (least <= number <= greatest)


@pytest.mark.parametrize("name", ["PrivSec OFFLINE Root CA", "PrivSec Intermediate CA (test)"])
def test_a_common_name_has_its_greatest_length(name: str) -> None:
    assert read_policy(LEAST.replace(name, name.ljust(64, "x")), KNOWN).policy
    assert not read_policy(LEAST.replace(name, name.ljust(65, "x")), KNOWN).policy


def test_a_url_has_its_greatest_length() -> None:
    text = "http://pki.privsec.ch/root-ca.crl"
    assert read_policy(LEAST.replace(text, text.ljust(256, "x")), KNOWN).policy
    assert not read_policy(LEAST.replace(text, text.ljust(257, "x")), KNOWN).policy


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("[root]", "[rooot]", "rooot is not a key of this table (did you mean root?)"),
        (
            "validity =",
            "colour =",
            "root.colour is not a key of this table",
        ),
        (
            'mount = "pki-prod"',
            "name_constraint = 1",
            "environments.prod.name_constraint is not a key of this table (did you mean name_constraints?)",
        ),
        (
            'mount = "pki-prod"',
            "permited_dns = 1",
            "environments.prod.permited_dns is not a key of this table (did you mean permitted_dns?)",
        ),
        (
            'mount = "pki-prod"',
            "pin_attempts = 3",
            "environments.prod.pin_attempts is not a key of this table: it belongs below [ceremony]",
        ),
        (
            'permitted_dns = ["privsec.ch"]',
            "",
            'environments.prod.name_constraints.permitted_dns is missing: write permitted_dns = ["test.example.org"]',
        ),
        (
            '"10.0.0.0/8"',
            '"10.0.0.0/8", "10.1.2.3/16"',
            "environments.test.name_constraints.permitted_ip (entry 2) is '10.1.2.3/16': write '10.1.0.0/16'",
        ),
        (
            '"ec-p256"',
            '"ec-p265"',
            "environments.test.keys (entry 2) is 'ec-p265' (did you mean ec-p256?); it must be one of: ec-p256",
        ),
        (
            'crl_validity = "180d"',
            f'crl_validity = "{"x" * 81}"',
            f"root.crl_validity is '{'x' * 80}' and so on, which is not a duration",
        ),
        (
            'crl_validity = "180d"',
            f'crl_validity = "{"x" * 80}"',
            f"root.crl_validity is '{'x' * 80}', which is not a duration",
        ),
        (
            '"Old devices."',
            '""',
            'severity."request.key.rsa-exponent".reason is empty',
        ),
        (
            '"Old devices."',
            '"Old\\u200bdevices."',
            'severity."request.key.rsa-exponent".reason holds characters that do not show: U+200B',
        ),
        (
            '"request.key.rsa-exponent"',
            "request.key.rsa-exponent",
            "severity.request is not a check: a code has dots, so it stands in quotes",
        ),
        (
            '"request.key.rsa-exponent"',
            '"request.key.rsa_exponent"',
            'severity."request.key.rsa_exponent" is not a check (did you mean request.key.rsa-exponent?)',
        ),
    ],
)
def test_a_message_says_what_to_write(right: str, wrong: str, message: str) -> None:
    text = DESIGN.replace("127.0.0.0/8", "10.0.0.0/8").replace(right, wrong, 1)
    messages = [each.message.partition(": ")[2] for each in read_policy(text, KNOWN).findings]
    assert [each for each in messages if each == message or each.startswith(message + ", ")]


class TestFile:
    def test_may_have_the_greatest_size(self) -> None:
        filler = "#" * (SIZE_LIMIT // 256 - 1) + "\n"
        text = filler * 256
        assert len(LEAST.encode()) + len(text) > SIZE_LIMIT
        fits = LEAST + text[: SIZE_LIMIT - len(LEAST.encode())]

        assert decode_policy(fits.encode(), KNOWN).policy is not None
        assert [each.code for each in decode_policy(fits.encode() + b"\n", KNOWN).findings] == ["policy.file.size"]

    @pytest.mark.parametrize(
        ("data", "line"),
        [(LEAST.encode("utf-8-sig"), 1), (LEAST.encode("utf-16"), 1), (b"format = 1\n\n# \xff\n", 3)],
        ids=["byte order mark", "UTF-16", "Latin-1"],
    )
    def test_in_another_encoding_is_refused(self, data: bytes, line: int) -> None:
        (finding,) = decode_policy(data, KNOWN).findings
        assert finding.code == "policy.file.encoding"
        assert finding.message.startswith(f"line {line}: ")

    def test_has_the_line_ends_of_any_system(self) -> None:
        ours, theirs = read(LEAST), read(LEAST.replace("\n", "\r\n"))
        assert dataclasses.replace(theirs, text=ours.text) == ours

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("format = 1\n[root\n", 2),
            ("format = 1\n\nroot = [\n", 3),
            ("", 1),
            ("a = " + "[" * (LINE_LIMIT - 4), 1),
            ("a = [\n" + "[\n" * 5000, 1),
        ],
        ids=["bracket", "end of file", "empty", "one line of brackets", "many lines of brackets"],
    )
    def test_that_is_no_policy_says_where(self, text: str, line: int) -> None:
        findings = read_policy(text, KNOWN).findings
        assert findings
        assert {finding.message.split(":")[0] for finding in findings} == {f"line {line}"}

    def test_cannot_fill_the_screen(self) -> None:
        (finding,) = read_policy(f"[{'a.' * 900}a]\n" * 2, KNOWN).findings
        assert finding.message.startswith("line 2: Cannot declare ('a', ")
        assert len(finding.message) < 300

    def test_cannot_send_a_terminal_commands(self) -> None:
        findings = read_policy('"\\u001b[2J" = "\\u001b[2J"\n[root]\ncountry = "\\u202e"', KNOWN).findings
        shown = "".join(finding.message + finding.field for finding in findings)
        assert "<U+001B>[2J" in shown
        assert shown.isprintable()


def test_an_error_of_tomllib_without_a_place_is_on_line_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_text: str) -> dict[str, object]:
        raise ValueError("integer string too long")

    monkeypatch.setattr(tomllib, "loads", fail)
    (finding,) = read_policy(LEAST, KNOWN).findings
    assert (finding.code, finding.message) == ("policy.file.syntax", "line 1: integer string too long")


def test_what_refuses_comes_first() -> None:
    text = DESIGN.replace('"prod-ca"', '"Prod"').replace("pin_attempts = 3", "pin_attempts = 0")
    assert [each.code for each in read_policy(text, KNOWN).findings] == [
        "policy.value.range",
        "policy.value.name",
        "policy.placeholder",
        "policy.placeholder",
    ]


SOUND = re.compile(r"line ([1-9][0-9]*): \S", re.DOTALL)


def assert_sound(text: str, reading: PolicyReading) -> None:
    """Assert that a reading is a Policy or refuses, and that each finding is on a line that the text has."""
    assert (reading.policy is None) == any(each.severity is Severity.REFUSE for each in reading.findings)
    for finding in reading.findings:
        match = SOUND.match(finding.message)
        assert match, finding
        assert 1 <= int(match[1]) <= text.count("\n") + 1, finding


SCALARS = st.sampled_from(
    ['"any"', "1", "true", "[]", "{}", "1.5", "1979-05-27", '"20y"', '"\\u0000"', '["x", 1]', "{ a = 1 }", "'é'", "-1"]
)
KEYS = st.one_of(
    st.sampled_from([*layout.FILE, *layout.ROOT, *layout.CEREMONY, *layout.ENVIRONMENT, *layout.NAME_CONSTRAINTS]),
    st.sampled_from(['"a b"', "''", '"\\n"', "x.y", "1"]),
)
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, SCALARS),
    st.builds("[{}]".format, st.lists(KEYS, min_size=1, max_size=3).map(".".join)),
    st.builds("[environments.{}]".format, KEYS),
    st.just("[environments.test.name_constraints]"),
    st.text(max_size=20),
)


@given(st.lists(LINES, max_size=20).map("\n".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_sound(text, read_policy(text, KNOWN))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_sound(data.decode(errors="replace"), decode_policy(data, KNOWN))


@given(st.data())
def test_a_damaged_policy_is_read_or_refused(data: st.DataObject) -> None:
    lines = DESIGN.split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        damage = data.draw(st.sampled_from(["drop", "double", "value", "insert", "cut"]))
        if damage == "drop" and len(lines) > 1:
            del lines[place]
        elif damage == "double":
            lines.insert(place, lines[place])
        elif damage == "value":
            lines[place] = lines[place].partition("=")[0] + "= " + data.draw(SCALARS)
        elif damage == "insert":
            lines.insert(place, data.draw(LINES))
        else:
            lines[place] = lines[place][: data.draw(st.integers(0, len(lines[place])))]
    text = "\n".join(lines)
    assert_sound(text, read_policy(text, KNOWN))


@given(st.sets(st.integers(0, 7), min_size=1))
def test_every_one_of_many_mistakes_is_found(chosen: set[int]) -> None:
    """Mistakes do not hide each other, in whatever combination."""
    mistakes = [
        ('country = "CH"', 'country = "ch"', "policy.value.text"),
        ('key = "ec-p384"', 'key = "ec"', "policy.value.choice"),
        ('validity = "20y"', 'validity = "9y"', "policy.environment.outlives-root"),
        ("pin_attempts = 3", "pin_attempts = 0", "policy.value.range"),
        ('activation = "pin"', 'activation = "shares"', "policy.ceremony.shares"),
        ('file_name = "prod-ca"', 'file_name = "test-ca"', "policy.environment.same-file"),
        ('permitted_dns = ["privsec.ch"]', 'permitted_dns = ["*.ch"]', "policy.name-constraints.dns"),
        ("request.key.rsa-exponent", "request.key.rsa", "policy.severity.unknown"),
    ]
    text = DESIGN
    for each in chosen:
        right, wrong, _ = mistakes[each]
        assert right in text
        text = text.replace(right, wrong)
    refused = {each.code for each in read_policy(text, KNOWN).findings if each.severity is Severity.REFUSE}
    assert refused == {mistakes[each][2] for each in chosen}


PATTERNS = st.text("ab*", max_size=4)


@given(PATTERNS, PATTERNS)
def test_two_patterns_overlap_where_a_text_fits_both(one: str, other: str) -> None:
    def fits(text: str, pattern: str) -> bool:
        return re.fullmatch(pattern.replace("*", ".*"), text) is not None

    texts = ("".join(each) for length in range(8) for each in product("ab", repeat=length))
    assert overlap(one, other) == any(fits(text, one) and fits(text, other) for text in texts)
