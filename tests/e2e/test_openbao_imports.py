"""What NEXT-STEPS.txt tells the online administrator, done as it is printed; and why it says what it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.appliance import Appliance
from tests.e2e.openbao import OpenBao

pytestmark = pytest.mark.e2e


def response(appliance: Appliance, bao: OpenBao, *environments: str) -> dict[str, Any]:
    """Have each environment's mount make a request, sign them all, and return the last answer."""
    done = None
    for environment in environments:
        bao.enable(f"pki-{environment}")
        done = appliance.sign(environment, bao.request(f"pki-{environment}", f"{environment}.csr"))
        assert done.code == 0, done.err
    assert done is not None
    return done.json


def commands(text: str, program: str) -> list[str]:
    """Return the commands of a program in NEXT-STEPS.txt: the indented lines that begin with it."""
    return re.findall(rf"^ +({program} .*)$", text, re.MULTILINE)


class TestNextSteps:
    def test_can_be_done_as_they_are_printed(self, appliance: Appliance, bao: OpenBao) -> None:
        answer = response(appliance, bao, "test")
        folder = Path(answer["response"])
        text = (folder / "NEXT-STEPS.txt").read_text()
        set_signed, issuers, default = (each.replace("vault", "bao", 1) for each in commands(text, "vault"))

        said = bao.shell(f"{set_signed} && {issuers}", folder)

        # The table shows a mapping as `map[ISSUER:KEY ROOT:]`; a person reads from it which issuer has a key.
        filled = re.findall(r"([0-9a-f-]{36}):([0-9a-f-]{36})", said)
        assert len(filled) == 1, said
        bao.shell(re.sub("<.*>", filled[0][0], default), folder)
        assert bao.data("read", "pki-test/config/issuers")["default"] == filled[0][0]
        leaf = bao.leaf("pki-test", "test.privsec.ch", "www.test.privsec.ch")
        [check] = commands(text, "openssl")
        (folder.parent / "leaf.pem").write_bytes(leaf.read_bytes())
        assert bao.shell(check, folder).endswith("OK\n")

    def test_begin_with_a_check_that_works(self, appliance: Appliance, bao: OpenBao) -> None:
        answer = response(appliance, bao, "test")
        folder = Path(answer["response"])
        [check] = commands((folder / "NEXT-STEPS.txt").read_text(), "offline-root")

        (folder.parent / "anchor.json").write_bytes(appliance.anchor.read_bytes())
        assert bao.shell(check, folder).startswith("OK")

    def test_make_the_new_issuer_the_default_after_a_rotation(self, appliance: Appliance, bao: OpenBao) -> None:
        """OpenBao leaves the old issuer in force: step 3 is not for decoration."""
        first = response(appliance, bao, "test")["issued"][0]
        old = bao.import_chain("pki-test", first["files"]["chain"])
        done = appliance.sign("test", bao.request("pki-test", "second.csr"))
        new = bao.import_chain("pki-test", done.json["issued"][0]["files"]["chain"])
        [old_issuer] = [issuer for issuer, key in old.items() if key]
        [new_issuer] = [issuer for issuer, key in new.items() if key and issuer != old_issuer]
        assert bao.data("read", "pki-test/config/issuers")["default"] == old_issuer

        text = (Path(done.json["response"]) / "NEXT-STEPS.txt").read_text()
        bao.shell(re.sub("<.*>", new_issuer, commands(text, "vault")[2].replace("vault", "bao", 1)))

        assert bao.data("read", "pki-test/config/issuers")["default"] == new_issuer


class TestTheWrongMount:
    def test_takes_the_chain_and_shows_no_key(self, appliance: Appliance, bao: OpenBao) -> None:
        """Nothing but the empty mapping tells: so NEXT-STEPS.txt has people look at it."""
        answer = response(appliance, bao, "test", "prod")
        [prod] = answer["issued"]

        mapping = bao.import_chain("pki-test", prod["files"]["chain"])

        assert set(mapping.values()) == {""}
        text = (Path(answer["response"]) / "NEXT-STEPS.txt").read_text()
        assert "If no entry has a key, this certificate is for another key or another mount." in " ".join(text.split())
        assert "Do not import prod-ca-chain.pem into another mount" in " ".join(text.split())


class TestExport:
    def test_is_imported_like_the_first_delivery(self, appliance: Appliance, bao: OpenBao) -> None:
        [first] = response(appliance, bao, "test")["issued"]

        done = appliance.call("export", "--out", appliance.base / "again", *appliance.ceremony())

        [again] = done.json["issued"]
        assert again["serial"] == first["serial"]
        assert Path(again["files"]["chain"]).read_bytes() == Path(first["files"]["chain"]).read_bytes()
        assert any(bao.import_chain("pki-test", again["files"]["chain"]).values())
