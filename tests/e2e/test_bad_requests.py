"""Bad requests through the whole command: nothing is signed, everything is named, wherever people look."""

from pathlib import Path
from typing import Any

import pytest

from tests.appliance import Appliance, Done, call
from tests.requests import bad_requests, request, written

pytestmark = pytest.mark.e2e

BAD = bad_requests()


def refused(done: Done) -> dict[str, set[str]]:
    """Return the codes of the refusing findings, by file name; each finding is whole."""
    found: dict[str, set[str]] = {}
    for each in done.json["refused"]:
        assert each["environment"] == "test"
        for one in each["findings"]:
            assert set(one) == {"code", "severity", "message", "field", "rule", "mend"}
            assert one["message"]
            assert one["rule"]
            assert one["mend"]
        codes = {one["code"] for one in each["findings"] if one["severity"] == "refuse"}
        found[Path(each["file"]).name] = codes
    return found


def issued_since_create(appliance: Appliance) -> int:
    return appliance.events().count("certificate-issued") - 1


@pytest.fixture(scope="module")
def answered(created: Appliance, tmp_path_factory: pytest.TempPathFactory) -> tuple[Appliance, Done]:
    """Return the outcome of all bad requests in one ceremony, between two good ones."""
    appliance = created.copy(tmp_path_factory.mktemp("batch"))
    stick = appliance.base / "in"
    stick.mkdir()
    good = [written(stick, name, request()) for name in ("a-good.csr", "z-good.csr")]
    files = [good[0], *(written(stick, name, bad.content) for name, bad in BAD.items()), good[1]]
    return appliance, appliance.sign("test", *files)


class TestOneBatch:
    def test_names_the_reason_for_each(self, answered: tuple[Appliance, Done]) -> None:
        _, done = answered

        assert done.code == 1
        found = refused(done)
        assert list(found) == list(BAD)
        assert {name: bad.code for name, bad in BAD.items() if bad.code not in found[name]} == {}

    def test_signs_the_good_ones_and_nothing_else(self, answered: tuple[Appliance, Done]) -> None:
        appliance, done = answered

        assert [Path(each["file"]).name for each in done.json["issued"]] == ["a-good.csr", "z-good.csr"]
        assert issued_since_create(appliance) == 2
        assert appliance.log_is_whole()

    def test_records_each_refusal(self, answered: tuple[Appliance, Done]) -> None:
        appliance, _ = answered

        recorded = {Path(each["file"]).name for each in appliance.entries() if each["event"] == "request-refused"}
        assert recorded == set(BAD)

    def test_puts_each_refusal_into_the_response(self, answered: tuple[Appliance, Done]) -> None:
        appliance, done = answered
        response = Path(done.json["response"])

        papers = [each.read_text() for each in response.glob("*-refused.txt")]
        assert len(papers) == len(BAD)
        for name, bad in BAD.items():
            [paper] = [each for each in papers if name in each]
            assert f"REFUSE {bad.code}" in paper
            assert "What to do:" in paper
        assert call("verify", response, "--anchor", appliance.anchor).code == 0


@pytest.mark.parametrize("name", ["exposed.csr", "name.csr", "missing.csr"])
def test_a_request_alone_is_refused_like_one_among_others(appliance: Appliance, tmp_path: Path, name: str) -> None:
    done = appliance.sign("test", written(tmp_path, name, BAD[name].content))

    assert (done.code, done.json["issued"]) == (1, [])
    assert BAD[name].code in refused(done)[name]
    response = Path(done.json["response"])
    assert sorted(each.name for each in response.glob("test-ca*")) == ["test-ca-refused.txt"]
    assert issued_since_create(appliance) == 0
    assert appliance.log_is_whole()


class TestConfirmation:
    @staticmethod
    def sign(appliance: Appliance, file: Path, *words: str) -> Done:
        common = ["--environment", "test", "--out", str(appliance.out), *words]
        return appliance.call("sign", file, *common, *appliance.ceremony())

    @pytest.mark.parametrize("typed", [None, "", "00" * 16, "no hex digits at all, and long enough"])
    def test_that_is_wrong_or_absent_is_a_finding(
        self, appliance: Appliance, tmp_path: Path, typed: str | None
    ) -> None:
        file = written(tmp_path, "good.csr", request())

        done = self.sign(appliance, file, *(() if typed is None else ("--confirm", typed)))

        assert done.code == 1
        assert refused(done) == {"good.csr": {"approval.fingerprint-mismatch"}}
        assert issued_since_create(appliance) == 0

    def test_of_too_few_digits_is_a_finding(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "good.csr", request())

        done = self.sign(appliance, file, "--confirm", appliance.fingerprint(file)[:28])

        assert refused(done) == {"good.csr": {"approval.fingerprint-mismatch"}}

    def test_may_be_spaced_and_longer(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "good.csr", request())
        digits = appliance.fingerprint(file).upper()

        done = self.sign(appliance, file, "--confirm", " ".join(digits[at : at + 4] for at in range(0, 64, 4)))

        assert (done.code, len(done.json["issued"])) == (0, 1)

    def test_belongs_to_the_file_in_the_same_place(self, appliance: Appliance, tmp_path: Path) -> None:
        first, second = (written(tmp_path, name, request()) for name in ("a.csr", "b.csr"))
        slips = [word for file in (second, first) for word in ("--confirm", appliance.fingerprint(file))]

        done = self.sign(appliance, first, str(second), *slips)

        assert refused(done) == {name: {"approval.fingerprint-mismatch"} for name in ("a.csr", "b.csr")}

    def test_says_nothing_where_the_request_is_refused_anyway(self, appliance: Appliance, tmp_path: Path) -> None:
        file = written(tmp_path, "name.csr", BAD["name.csr"].content)

        done = self.sign(appliance, file, "--confirm", "00" * 16)

        assert "request.subject.common-name" in refused(done)["name.csr"]
        assert "approval.fingerprint-mismatch" not in refused(done)["name.csr"]


class TestAWarning:
    @pytest.fixture
    def named_after_prod(self, tmp_path: Path) -> Path:
        return written(tmp_path, "prod.csr", request())

    def test_stands_in_the_way_until_it_is_acknowledged(self, appliance: Appliance, named_after_prod: Path) -> None:
        done = appliance.sign("test", named_after_prod)

        assert done.code == 1
        assert refused(done) == {"prod.csr": {"approval.not-acknowledged"}}

    def test_is_recorded_with_the_approval(self, appliance: Appliance, named_after_prod: Path) -> None:
        done = appliance.sign("test", named_after_prod, acknowledge="request.file.other-environment")

        assert done.code == 0, done.err
        approved = [each for each in appliance.entries() if each["event"] == "request-approved"]
        assert [each["acknowledged"] for each in approved] == [["request.file.other-environment"]]


def test_the_same_request_again_is_refused_and_names_the_first_answer(appliance: Appliance, tmp_path: Path) -> None:
    file = written(tmp_path, "good.csr", request())
    [first] = appliance.sign("test", file).json["issued"]

    done = appliance.sign("test", file)

    [again] = done.json["refused"]
    messages: dict[str, Any] = {each["code"]: each["message"] for each in again["findings"]}
    assert first["serial"] in messages["request.already-answered"]
    assert issued_since_create(appliance) == 1
