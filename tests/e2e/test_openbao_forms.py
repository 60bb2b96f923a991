"""A request in every form that the command line of OpenBao can leave in a file."""

from pathlib import Path

import pytest

from tests.appliance import Appliance
from tests.e2e.openbao import OpenBao

pytestmark = pytest.mark.e2e

FORMS = {
    "table.csr": ("", "", "table (PEM)"),
    "field.csr": ("-field=csr", "", "PEM"),
    "json.csr": ("-format=json", "", "JSON (PEM)"),
    "yaml.csr": ("-format=yaml", "", "YAML (PEM)"),
    "table-der.csr": ("", "der", "table (base64)"),
    "field-der.csr": ("-field=csr", "der", "base64"),
    "json-der.csr": ("-format=json", "der", "JSON (base64)"),
    "yaml-der.csr": ("-format=yaml", "der", "YAML (base64)"),
    "pem-bundle.csr": ("", "pem_bundle", "table (PEM)"),
}
"""Files, with the flag of the command, the parameter `format`, and what `inspect` must call it."""

NAME = 'common_name="PrivSec Intermediate CA (test)"'


def saved(bao: OpenBao, file: str, path: str, parameters: str) -> Path:
    """Save what OpenBao answers in the form that goes with a file."""
    flag, form, _ = FORMS[file]
    bao.shell(f"bao write {flag} {path} {NAME} {parameters} {f'format={form}' if form else ''} | tee {file}")
    return bao.folder / file


@pytest.mark.parametrize("key", ["key_type=rsa key_bits=4096", "key_type=ec key_bits=384"])
def test_every_form_holds_the_same_request(appliance: Appliance, bao: OpenBao, key: str) -> None:
    bao.enable("pki-test")
    bao.shell(f"bao write pki-test/intermediate/generate/internal {NAME} {key}")
    again = "pki-test/intermediate/generate/existing"
    files = [saved(bao, file, again, "key_ref=default") for file in FORMS]

    done = appliance.call("inspect", "--environment", "test", *files)

    assert done.code == 0, done.out
    reports = done.json["files"]
    assert [each["form"] for each in reports] == [form for _, _, form in FORMS.values()]
    assert len({each["fingerprint"] for each in reports}) == 1
    assert {one["severity"] for each in reports for one in each["findings"]["test"]} <= {"info"}


def test_the_operators_guide_reads_the_fingerprint_with_openssl_alone(appliance: Appliance, bao: OpenBao) -> None:
    """In a table openssl finds no request, and a hash of nothing looks like any other."""
    bao.enable("pki-test")
    file = saved(bao, "table.csr", "pki-test/intermediate/generate/internal", "key_type=ec key_bits=384")
    guide = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
    [line] = [each.strip() for each in guide.splitlines() if each.startswith("    sed ")]

    told = bao.shell(line.replace("test.csr", str(file))).split()[0]

    [report] = appliance.call("inspect", "--environment", "test", file).json["files"]
    assert told == report["fingerprint"]


def test_every_form_is_signed_and_the_answer_imported(appliance: Appliance, bao: OpenBao) -> None:
    bao.enable("pki-test")
    internal = "pki-test/intermediate/generate/internal"
    files = [saved(bao, file, internal, "key_type=ec key_bits=384") for file in FORMS]

    done = appliance.sign("test", *files)

    assert (done.code, done.json["refused"]) == (0, []), done.err
    issued = done.json["issued"]
    assert [each["file"] for each in issued] == [str(file) for file in files]
    keys = {key for each in issued for key in bao.import_chain("pki-test", each["files"]["chain"]).values() if key}
    assert keys == set(bao.answer("list", "pki-test/keys"))
