"""The second opinion: what it says, what is allowed, and that it never breaks anything."""

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA384
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from offline_root import der, linter
from offline_root.findings import Finding, Severity
from offline_root.keys import KeyKind
from offline_root.linter import lint_certificate, lint_crl, warm_up
from offline_root.model import Der
from offline_root.policy.model import NameConstraints
from tests.authorities import NOW, csr, policy, read, root, with_environment, with_root
from tests.bad_certificates import samples
from tests.certificates import good, good_root, good_root_parts

KINDS = [KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.EC_P521, KeyKind.RSA_3072, KeyKind.ED25519]
USAGES = [(), ("serverAuth",), ("serverAuth", "clientAuth"), ("clientAuth",), ("emailProtection",)]
CONSTRAINTS = [
    NameConstraints(None),
    NameConstraints(("a.example", "localhost", "corp")),
    NameConstraints(
        ("a.example",), ("10.0.0.0/8", "fd00::/8"), ("a.example", "me@b.example"), (".a.example", "w.example")
    ),
]

EVERYTHING = (*linter.ALLOWED, *linter._ALLOWED_IN_ROOTS)


def said(findings: tuple[Finding, ...]) -> list[str]:
    return [each.message for each in findings]


class TestWhatWeIssue:
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_root_of_each_kind_and_what_it_signs_are_clean(self, kind: KeyKind) -> None:
        made = root(with_root(policy(), key=kind))
        assert lint_certificate(made.certificate) == ()
        throwaway = made.review(read(csr())).throwaway
        assert throwaway is not None
        assert lint_certificate(throwaway) == ()

    @pytest.mark.parametrize("usages", USAGES, ids=",".join)
    def test_an_intermediate_for_any_one_purpose_is_clean(self, usages: tuple[str, ...]) -> None:
        reviewed = root(with_environment(policy(), extended_key_usage=usages)).review(read(csr()))
        assert reviewed.throwaway is not None
        assert lint_certificate(reviewed.throwaway) == ()

    @pytest.mark.parametrize("constraints", CONSTRAINTS, ids=["any", "dns", "all"])
    def test_an_intermediate_with_any_constraints_of_a_policy_is_clean(self, constraints: NameConstraints) -> None:
        reviewed = root(with_environment(policy(), name_constraints=constraints)).review(read(csr()))
        assert reviewed.throwaway is not None
        assert lint_certificate(reviewed.throwaway) == ()


class TestWhatItFinds:
    def test_an_error_refuses_and_names_the_field_and_its_own_code(self) -> None:
        (first, *_) = lint_certificate(good().without(ExtensionOID.KEY_USAGE).signed())
        assert (first.code, first.severity) == ("pkilint.error", Severity.REFUSE)
        assert first.message.startswith("pkilint says pkix.")
        assert first.field

    def test_a_warning_and_a_notice_are_not_errors(self) -> None:
        """Its numbers fall with the weight: who takes them the wrong way round refuses for a notice."""
        usage = good().having(ExtensionOID.KEY_USAGE, critical=False)
        assert {each.code for each in lint_certificate(usage.signed())} == {"pkilint.error", "pkilint.warning"}
        policies = x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), ["http://a.example"])]
        )
        noticed = lint_certificate(good().value(policies, critical=False).signed())
        assert "pkilint.notice" in {each.code for each in noticed}

    def test_what_the_baseline_requirements_lift_counts_all_the_same(self) -> None:
        loose = good().having(ExtensionOID.NAME_CONSTRAINTS, critical=False)
        (found,) = said(lint_certificate(loose.signed()))
        assert found.startswith("pkilint says pkix.certificate_name_constraints_extension_not_critical")

    def test_what_is_allowed_in_roots_is_not_allowed_below(self) -> None:
        bare = good().without(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
        assert "pkilint says pkix.authority_key_identifier_extension_absent." in said(lint_certificate(bare.signed()))

    def test_a_purpose_that_does_not_belong_there(self) -> None:
        mixed = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CODE_SIGNING])
        (found,) = lint_certificate(good().value(mixed).signed())
        assert found.message == "pkilint says cabf.serverauth.ca.codesigning_eku_present."

    def test_a_name_from_outside_is_made_visible(self) -> None:
        subtree = der.sequence(der.wrap(0x82, b"\x1b[31ma.example"))
        odd = good().having(ExtensionOID.NAME_CONSTRAINTS, der.sequence(der.wrap(0xA0, subtree)))
        shown = said(lint_certificate(odd.signed()))
        assert any("<U+001B>[31ma.example" in each for each in shown)
        assert not any("\x1b" in each for each in shown)


class TestRevocationLists:
    def crl(self, days: int, *extensions: x509.ExtensionType) -> Der:
        builder = x509.CertificateRevocationListBuilder().issuer_name(good_root().parsed.subject)
        builder = builder.last_update(NOW).next_update(NOW + timedelta(days=days))
        for each in extensions:
            builder = builder.add_extension(each, critical=False)
        return Der(builder.sign(good_root().private, SHA384()).public_bytes(Encoding.DER))

    def test_a_good_one_is_clean_and_each_bad_one_is_not(self) -> None:
        identifier = good_root().parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        issuer, number = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), x509.CRLNumber(5)
        assert lint_crl(self.crl(180, issuer, number)) == ()
        for bad in (self.crl(400, issuer, number), self.crl(180, issuer), self.crl(180, number)):
            assert {each.severity for each in lint_crl(bad)} == {Severity.REFUSE}


class TestTrouble:
    @pytest.mark.parametrize("octets", [b"", b"0\x00", b"0\x80" * 9000, b"\x30\x84\xff\xff\xff\xff", b"text"])
    def test_what_cannot_be_read_is_a_finding(self, octets: bytes, capfd: pytest.CaptureFixture[str]) -> None:
        for findings in (lint_certificate(Der(octets)), lint_crl(Der(octets))):
            (found,) = findings
            assert found.code == "pkilint.error"
            assert found.message.startswith("pkilint gave no opinion: ")
        assert capfd.readouterr() == ("", "")

    def test_a_failure_inside_pkilint_is_a_finding_and_says_nothing_on_the_screen(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        from pkilint.pkix.certificate.certificate_validator import CorrectVersionValidator

        def broken(*_: object) -> None:
            raise KeyError("broken")

        monkeypatch.setattr(CorrectVersionValidator, "validate", broken)
        logging.getLogger("pkilint.validation").disabled = False
        findings = lint_certificate(good_root().certificate)
        assert [each.code for each in findings] == ["pkilint.error"]
        assert "base.unhandled_exception" in findings[0].message
        assert capfd.readouterr() == ("", "")

    def test_a_panic_of_its_parser_is_a_finding_and_ctrl_c_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class PanicException(BaseException):  # called so by PyO3, which exports it nowhere
            pass

        raised: list[type[BaseException]] = [PanicException, KeyboardInterrupt]

        def panics(_: Der) -> linter.Opinion:
            raise raised.pop(0)

        monkeypatch.setattr(linter, "_certificate", panics)
        (found,) = lint_certificate(good_root().certificate)
        assert found.message == "pkilint gave no opinion: PanicException."
        with pytest.raises(KeyboardInterrupt):
            lint_certificate(good_root().certificate)

    def test_a_crl_for_some_reasons_only_does_not_reach_the_parser_that_panics_on_it(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        some = frozenset({x509.ReasonFlags.key_compromise})
        idp = x509.IssuingDistributionPoint(None, None, False, False, some, False, False)
        (found,) = lint_crl(TestRevocationLists().crl(180, idp))
        assert (found.code, found.message) == ("pkilint.error", "pkilint gave no opinion: NotImplementedError.")
        assert capfd.readouterr() == ("", "")

    def test_the_same_certificate_gets_the_same_findings(self) -> None:
        bad = good().without(ExtensionOID.BASIC_CONSTRAINTS).without(ExtensionOID.KEY_USAGE)
        assert lint_certificate(bad.signed()) == lint_certificate(bad.signed())


def test_reasons_are_given_for_all_that_is_allowed() -> None:
    assert all(reason.endswith(".") for _, _, reason in EVERYTHING)
    assert len({(code, part) for code, part, _ in EVERYTHING}) == len(EVERYTHING)


def judged() -> Iterator[Der]:
    """Yield certificates for which everything that is allowed was allowed."""
    yield from (each.certificate for each in samples().values())
    plain = root(with_root(policy(), key=KeyKind.ED25519))
    constrained = root(with_environment(policy(), name_constraints=CONSTRAINTS[-1]))
    internal = root(with_environment(policy(), name_constraints=CONSTRAINTS[1]))
    for made in (plain, constrained, internal):
        throwaway = made.review(read(csr())).throwaway
        assert throwaway
        yield from (made.certificate, throwaway)
    backwards = der.element(good().subject).children()[::-1]
    yield replace(good(), subject=der.sequence(*(each.raw for each in backwards))).signed()
    address = x509.IPAddress(IPv4Address("10.0.0.1"))
    yield good().value(x509.SubjectAlternativeName([address])).signed()


def test_nothing_is_allowed_that_never_occurs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linter, "ALLOWED", ())
    monkeypatch.setattr(linter, "_ALLOWED_IN_ROOTS", ())
    messages = [
        each.message.removeprefix("pkilint says ").removesuffix(".")
        for certificate in judged()
        for each in lint_certificate(certificate)
    ]
    needed = {
        (code, part)
        for code, part, _ in EVERYTHING
        if any(said.partition(":")[0] == code and re.search(part, said) for said in messages)
    }
    assert {(code, part) for code, part, _ in EVERYTHING} == needed


def test_warming_up_loads_it_beside_what_comes_next() -> None:
    program = (
        "import sys, threading; from offline_root.linter import warm_up\n"
        "assert 'pkilint' not in sys.modules; warm_up()\n"
        "[each.join() for each in threading.enumerate() if each.name == 'linter']\n"
        "assert 'pkilint.cabf.serverauth' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_two_threads_may_ask_at_once() -> None:
    warm_up()
    found: list[tuple[Finding, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(lint_certificate(good().signed()))) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [(), (), ()]


def test_sha1_is_refused() -> None:
    sha1 = replace(good(), signature=bytes.fromhex("300906072a8648ce3d0401"), hash=SHA1())  # noqa: S303
    assert {each.code for each in lint_certificate(sha1.signed())} >= {"pkilint.error"}
    assert lint_certificate(good_root_parts().signed()) == ()
