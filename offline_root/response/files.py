"""Every file of a response, as bytes, from what happened in a ceremony. Pure: nothing is written here."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, count

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates

from offline_root.anchor import is_rehearsal
from offline_root.audit.note import VerifierKey
from offline_root.issue import load
from offline_root.keys import fingerprint
from offline_root.model import Crl, Der, Issued, Refused, serial_text
from offline_root.policy.model import Policy
from offline_root.response import manifest
from offline_root.response.expiry import expiry
from offline_root.response.next_steps import Answer, next_steps
from offline_root.response.refusal import refusal
from offline_root.response.report import page
from offline_root.response.verify_txt import verify_txt

REHEARSAL_MARK = b"*** REHEARSAL: nothing in this folder is worth anything outside the rehearsal. ***\n\n"
FORMAT = "offline-root response 1"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a response tells: `log` and `checkpoint` are those of checkpoint A, `report` the ceremony report as text."""

    policy: Policy
    verifier: VerifierKey
    root: Der
    crl: Crl
    issued: tuple[Issued, ...]
    refused: tuple[Refused, ...]
    log: bytes
    log_size: int
    log_root: bytes
    checkpoint: bytes
    report: str


def pem(certificate: Der) -> bytes:
    """Return a certificate in PEM that ends right after the last END line (RFC 7468)."""
    return load(certificate).public_bytes(Encoding.PEM)


def files(contents: Contents) -> dict[str, bytes]:
    """Return all files that SHA256SUMS lists, by name in the folder."""
    answers, refusals = name_answers(contents.policy, contents.issued), _refusals(contents)
    root_sha256 = fingerprint(contents.root)
    mark = "REHEARSAL " if is_rehearsal(contents.verifier) else ""
    made: dict[str, bytes] = {}
    for answer in answers:
        made |= certificate_files(answer.stem, answer.issued.certificate, contents.root)
    made |= {name: refusal(each).encode() for name, each in refusals}
    made |= {
        "root-ca.pem": pem(contents.root),
        "root-ca.der": contents.root,
        **crl_files(contents.crl.der),
        "expiry.ics": expiry(contents.issued, contents.crl, contents.root, contents.policy, mark=mark).encode(),
        "NEXT-STEPS.txt": next_steps(answers, root_sha256, contents.crl, contents.policy.root).encode(),
        "report.txt": contents.report.encode(),
        "report.html": page(f"{REHEARSAL_MARK.decode() if mark else ''}{contents.report}").encode(),
        "audit/log.jsonl": contents.log,
        "audit/checkpoint": contents.checkpoint,
        "VERIFY.txt": verify_txt(root_sha256, contents.verifier).encode(),
        "response.json": _summary(contents, answers, refusals),
    }
    return {name: _marked(name, content) for name, content in made.items()} if mark else made


def _marked(name: str, content: bytes) -> bytes:
    """Put a rehearsal's mark on top of what people read; in VERIFY.txt, which a shell reads, as a comment."""
    return (b"# " if name == "VERIFY.txt" else b"") + REHEARSAL_MARK + content if name.endswith(".txt") else content


def sealed(made: Mapping[str, bytes], signature: bytes) -> dict[str, bytes]:
    """Return the files with SHA256SUMS, its signature and, last, COMPLETE."""
    listing = manifest.sums(made)
    return {
        **made,
        manifest.SUMS: listing,
        manifest.SIGNATURE: signature,
        manifest.COMPLETE: manifest.complete(listing),
    }


def certificate_files(stem: str, certificate: Der, root: Der) -> dict[str, bytes]:
    """Return one certificate in every form that an online CA wants: alone in PEM, DER and PKCS#7, and with its root."""
    return {
        f"{stem}.pem": pem(certificate),
        f"{stem}.der": certificate,
        f"{stem}.p7b": serialize_certificates([load(certificate)], Encoding.PEM),
        f"{stem}-chain.pem": pem(certificate) + pem(root),
    }


def crl_files(crl: Der) -> dict[str, bytes]:
    """Return the root's CRL in the two forms that are published and imported."""
    return {"root-ca.crl": crl, "root-ca.crl.pem": x509.load_der_x509_crl(crl).public_bytes(Encoding.PEM)}


def name_answers(policy: Policy, issued: tuple[Issued, ...]) -> tuple[Answer, ...]:
    """Give each certificate the stem of its file names: with a piece of its hash where several would have the same."""
    several = Counter(_stem(policy, each.environment) for each in issued)
    answers = []
    for each in issued:
        environment = policy.environment(each.environment)
        stem = _stem(policy, each.environment)
        suffix = f"-{each.sha256[:8]}" if several[stem] > 1 else ""
        answers.append(Answer(each, f"{stem}{suffix}", environment.mount if environment else ""))
    return tuple(answers)


def _stem(policy: Policy, name: str) -> str:
    """Return the file name of an environment. One that has left the policy goes on under its own name."""
    environment = policy.environment(name)
    return environment.file_name if environment else name


def _refusals(contents: Contents) -> tuple[tuple[str, Refused], ...]:
    """Give each refusal a file name of its own: numbered where one environment has several."""
    named: dict[str, Refused] = {}
    for each in contents.refused:
        stem = _stem(contents.policy, each.environment)
        numbered = (f"{stem}-{number}-refused.txt" for number in count(2))
        named[next(name for name in chain((f"{stem}-refused.txt",), numbered) if name not in named)] = each
    return tuple(named.items())


def _summary(contents: Contents, answers: tuple[Answer, ...], refusals: tuple[tuple[str, Refused], ...]) -> bytes:
    """Return response.json: what is here, for programs."""
    summary = {
        "format": FORMAT,
        "origin": contents.verifier.name,
        "root": {"certificate": "root-ca.pem", "sha256": fingerprint(contents.root)},
        "crl": {
            "file": "root-ca.crl",
            "number": contents.crl.number,
            "this_update": contents.crl.this_update,
            "next_update": contents.crl.next_update,
            "sha256": contents.crl.sha256,
        },
        "log": {"size": contents.log_size, "root": contents.log_root.hex()},
        "issued": [
            {
                "environment": answer.issued.environment,
                "serial": serial_text(answer.issued.serial),
                "sha256": answer.issued.sha256,
                "request_sha256": answer.issued.request_sha256,
                "certificate": f"{answer.stem}.pem",
                "chain": f"{answer.stem}-chain.pem",
            }
            for answer in answers
        ],
        "refused": [
            {"environment": each.environment, "report": name, "codes": sorted({one.code for one in each.findings})}
            for name, each in refusals
        ],
    }
    return (json.dumps(summary, indent=2, sort_keys=True) + "\n").encode()
