"""Our own checks against two programs that do not know them: what pkilint or openssl refuses, they speak of too.

Where ours are silent on purpose stands in a table with the reason, and the table must be exact: a line that is not
needed any more fails, and so does a new silence.
"""

import base64
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from offline_root.checks import CODES, CRL_CHECKS
from offline_root.checks.crl_case import CrlCase, read
from offline_root.examination import check
from offline_root.findings import Finding, Severity, run
from offline_root.keys import SIGNING, KeyKind
from offline_root.linter import lint_certificate, lint_crl
from offline_root.model import Der
from offline_root.policy.presets import PRESETS, preset_text
from offline_root.policy.reader import read_policy
from tests.authorities import key, root, with_root
from tests.bad_certificates import Sample, samples
from tests.crls import REVOKED, some_crl
from tests.offline_root.checks.crl_pairs import CASES

SAMPLES = samples()
AT = "1795500000"
"""The time of openssl's verdicts, 2026-11-24: the samples are made the day before."""

SILENT = {
    ("good, own policy", "pkilint"): "BR 7.1.2.10.5 wants a policy of the CA/Browser Forum; a private PKI has its own",
    ("organizational unit", "pkilint"): "certificate.subject.attributes says it, as information: the policy decides",
}
"""What is refused by (sample, program) while our own checks neither warn nor refuse, and why that is right."""

SILENT_CRLS = {"crl.issuer 2": "an issuer without a name, where no root is known to compare it with"}
"""The same of CRLs and pkilint, by the name of the case."""

ALONE = {
    "beyond its issuer",
    "dns without addresses",
    "dns without ipv6",
    "empty key identifier",
    "excluded by its issuer",
    "issuer in other bytes",
    "key of its issuer",
    "never ends",
    "no path length",
    "older than its issuer",
    "outlives its issuer",
    "policy constraints",
    "reserved policy",
    "root of 30 years",
    "root of a week",
    "root, serial 1",
    "rsa-2048 beyond 2030",
    "serial 42",
    "sha-256 by p-384",
    "strange key identifier",
    "two crls",
    "under a root of length 0",
}
"""What only our own checks find: the reason to have them."""


def loud(findings: tuple[Finding, ...], least: Severity = Severity.WARN) -> bool:
    """Say whether there is a warning or a refusal (or a refusal)."""
    counted = (Severity.REFUSE,) if least is Severity.REFUSE else (Severity.WARN, Severity.REFUSE)
    return any(each.severity in counted for each in findings)


def pem(certificate: Der) -> str:
    """Return a certificate in PEM."""
    body = base64.encodebytes(certificate).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def openssl_refuses(certificate: Der, issuer: Der, folder: Path, *options: str) -> bool:
    """Say whether `openssl verify -x509_strict` refuses a certificate below (or as) its root."""
    for name, each in (("it", certificate), ("root", issuer)):
        (folder / name).write_text(pem(each))
    command = ["openssl", "verify", "-x509_strict", *options, "-attime", AT, "-CAfile", str(folder / "root")]
    return subprocess.run([*command, str(folder / "it")], capture_output=True, check=False).returncode != 0


@cache
def verdicts(folder: Path) -> dict[str, tuple[bool, bool, bool]]:
    """Return what ours, pkilint and openssl have against each sample."""
    return {name: _verdict(sample, folder) for name, sample in SAMPLES.items()}


def _verdict(sample: Sample, folder: Path) -> tuple[bool, bool, bool]:
    it, issuer = sample.certificate, sample.issuer
    if sample.parts.issuer == sample.parts.subject:
        issuer = it  # the same bytes: every signature is another one
    own = loud(check(it, issuer, signed=True))
    other = loud(lint_certificate(it), Severity.REFUSE)
    return own, other, issuer is not None and openssl_refuses(it, issuer, folder)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, bool, bool]]:
    """Return the verdicts, made once."""
    return verdicts(tmp_path_factory.mktemp("openssl"))


def test_what_another_program_refuses_is_never_clean_here(judged: dict[str, tuple[bool, bool, bool]]) -> None:
    silent = {
        (name, program)
        for name, (own, *others) in judged.items()
        for program, refused in zip(("pkilint", "openssl"), others, strict=True)
        if refused and not own
    }
    count = Counter({"samples": len(judged)})
    for own, by_pkilint, by_openssl in judged.values():
        count.update({"ours": own, "pkilint": by_pkilint, "openssl": by_openssl})
    assert silent == set(SILENT)
    assert count["pkilint"] >= 60
    assert count["openssl"] >= 30


def test_what_only_our_own_checks_find(judged: dict[str, tuple[bool, bool, bool]]) -> None:
    assert {name for name, verdict in judged.items() if verdict == (True, False, False)} == ALONE


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", list(SIGNING))
def test_what_we_issue_is_good_for_all_three(preset: str, kind: KeyKind, tmp_path: Path) -> None:
    text = preset_text(preset, "demo", (("test", ("test.example",)), ("prod", ("prod.example",))))
    reading = read_policy(text, CODES)
    assert reading.policy is not None
    made = root(with_root(reading.policy, key=kind))
    for name in ("test", "prod"):
        certificate = made.intermediate(key(KeyKind.EC_P384, 1), name)
        for it in (made.certificate, certificate):
            assert {each.code for each in check(it, made.certificate, signed=True) if loud((each,))} == set()
            assert not loud(lint_certificate(it), Severity.REFUSE)
            assert not openssl_refuses(it, made.certificate, tmp_path)


def test_a_crl_that_pkilint_refuses_is_never_clean_here() -> None:
    readable = {name: case for name, case in CASES.items() if read(case.data)}
    count = Counter({"crls": len(readable)})
    silent = set()
    for name, case in readable.items():
        own, other = loud(run(CRL_CHECKS, case)), loud(lint_crl(case.data), Severity.REFUSE)
        count.update({"ours": own, "pkilint": other, "both": own and other})
        silent |= {name} if other and not own else set()
    assert silent == set(SILENT_CRLS)
    for good in (some_crl(), some_crl(REVOKED)):
        assert not loud((*run(CRL_CHECKS, CrlCase(good.der)), *lint_crl(good.der)))
    assert count["both"] >= 30
