"""Every file of the corpus: made again byte for byte, and judged exactly as its index says.

Each is held against an authority that never saw it, but for those that are about what was answered before.
"""

import json
import subprocess
import sys
import warnings
from collections import Counter

import pytest

from offline_root.catalogue import catalogue
from offline_root.checks import REVIEW_CHECKS
from offline_root.findings import Severity
from offline_root.model import SigningRequest
from offline_root.request.reader import read_request
from tests.corpus.folder import ALWAYS, ELSEWHERE, FOLDER, INDEX, POLICY, Case, index
from tests.corpus.judge import judge
from tests.corpus.make import families, index_text
from tests.offline_root.request.sound import CODES, assert_sound

CASES = index()
SEVERITY = {code.name: code.severity for code in catalogue()}

UNSEEN = {
    "key/factor-48-bits.der": "finding the factor takes minutes",
    "key/smooth.der": "finding the prime takes hours",
    "key/pattern.der": "strange, but nobody knows how to use it",
    "key/generator.der": "no program makes this key by accident",
    "key/private-2.der": "no program makes this key by accident",
    "key/private-minus-1.der": "no program makes this key by accident",
}
"""Keys that are weak or strange, and signed all the same, with the reason why no check looks for them."""

NOT_IN_A_FILE = {
    "request.file.unreadable": "the file is a link, a folder or a device",
    "request.key.revoked": "the log has a revocation",
    "request.key.abandoned": "the log has a signature that failed",
    "review.serial-used": "the machine's randomness repeats itself",
    "review.path-length": "about the policy and the root",
    "review.name-constraints.absent": "about the policy",
}
"""Codes that no request can bring about, with where they come from (tests/offline_root/checks)."""


def _after(case: Case) -> str:
    return "".join(f", after {file} for {environment or 'root'}" for file, environment in case.after)


@pytest.mark.parametrize("case", [pytest.param(each, id=file) for file, each in CASES.items()])
def test_is_judged_as_the_index_says(case: Case) -> None:
    judged = judge(case.name, case.content, case.environment, case.after)

    found = tuple(code for code in judged.codes if code not in ALWAYS)
    assert (judged.form, judged.verdict, found) == (case.form, case.verdict, case.codes), _after(case)
    for each in judged.findings:
        assert each.message
        assert each.rule
        assert each.mend
    assert (judged.review is not None) == (case.form is not None)


@pytest.mark.parametrize("case", [pytest.param(each, id=file) for file, each in CASES.items()])
def test_what_the_reader_says_is_sound(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are too long, when a field is asked for again
        outcome = read_request(case.name, case.content)
        assert_sound(outcome, case.content)
    reading = [code for code in case.codes if code in CODES]
    assert sorted({each.code for each in outcome.findings}) == reading
    assert isinstance(outcome, SigningRequest) == (not any(CODES[code].severity is Severity.REFUSE for code in reading))


def test_nothing_hostile_is_signed_silently() -> None:
    accepted = {each.file for each in CASES.values() if each.verdict == "accept"}
    good = {each.file for each in CASES.values() if each.what.startswith("good: ")}

    assert accepted - good == UNSEEN.keys()
    assert {file: CASES[file].codes for file in good if CASES[file].verdict != "accept"} == {}


def test_it_is_large() -> None:
    verdicts = Counter(each.verdict for each in CASES.values())
    assert verdicts["refuse"] > 400
    assert verdicts["warn"] > 40
    assert verdicts["accept"] > 80


def test_the_files_are_those_that_are_made() -> None:
    there = {str(each.relative_to(FOLDER)) for each in FOLDER.rglob("*") if each.is_file()}
    made = {each.file: each.content for _, vectors in families().values() for each in vectors}
    ours = {file for file in made if not file.startswith(ELSEWHERE)}
    assert there == {*ours, "index.json", "policy.toml", "README.md", ".gitattributes"}
    assert [file for file in ours if FOLDER.joinpath(file).read_bytes() != made[file]] == []


def test_the_index_says_what_the_generator_says() -> None:
    """Renew it with `python -m tests.corpus.make`."""
    assert INDEX.read_text() == index_text()


def test_it_stays_small() -> None:
    assert sum(each.stat().st_size for each in FOLDER.rglob("*") if each.is_file()) < 1_500_000


def test_every_private_key_in_the_files_is_found() -> None:
    holding = ("key-", "exposed-", "openbao-exported", "openbao-bundle", "cfssl-with-key")
    names = {file for file in CASES if file.startswith(holding)} - {"key-id-first-table.csr"}
    assert names == {file for file, each in CASES.items() if "request.file.private-key" in each.codes}


ABOUT_REQUESTS = sorted(
    name for name in SEVERITY if name.startswith(("request.", "review.")) and name not in NOT_IN_A_FILE
)


@pytest.mark.parametrize("code", ABOUT_REQUESTS)
def test_every_code_has_a_file_that_gives_it_and_one_that_passes(code: str) -> None:
    # A review that says nothing of a code has passed it only where the reader let it come that far.
    passed = [each for each in CASES.values() if each.form is not None and code not in (*each.codes, *ALWAYS)]
    assert [each.file for each in CASES.values() if code in each.codes] or code in ALWAYS
    assert passed or code in ALWAYS


def test_what_no_file_can_bring_about_is_a_code() -> None:
    assert NOT_IN_A_FILE.keys() <= SEVERITY.keys()
    assert {code for each in CASES.values() for code in each.codes} & NOT_IN_A_FILE.keys() == set()


def _refused_alone(case: Case) -> bool:
    """Say whether it is refused without an authority, whose history `inspect` does not have."""
    reviewed = {each.code.name for each in REVIEW_CHECKS}
    return any(SEVERITY[code] is Severity.REFUSE for code in case.codes if code not in reviewed)


@pytest.mark.parametrize(
    ("environment", "every"),
    [("prod", 1), ("wide", 1), ("test", 20), pytest.param("test", 1, marks=pytest.mark.long, id="test-whole")],
)
def test_inspect_refuses_what_the_index_refuses_in_bounded_time_and_memory(environment: str, every: int) -> None:
    """One process for all files, with 1 GB of address space and two minutes of processor time."""
    cases = [each for each in CASES.values() if each.environment == environment][::every]
    options = ("--json", "inspect", "--policy", str(POLICY), "--environment", environment)
    program = (sys.executable, "-m", "offline_root", *options, *(str(each.path) for each in cases))

    bounded = ("sh", "-c", 'ulimit -v 1000000 && ulimit -t 120 && exec "$@"', "sh", *program)
    done = subprocess.run(bounded, capture_output=True, check=False)

    refused = [_refused_alone(each) for each in cases]
    assert (done.returncode, done.stderr) == (int(any(refused)), b"")
    for case, expected, report in zip(cases, refused, json.loads(done.stdout)["files"], strict=True):
        assert report["file"] == str(case.path)
        if report["kind"] == "certificate":
            assert case.codes == ("request.file.not-a-request",)
        else:
            assert report["refused"] == expected, case.file
