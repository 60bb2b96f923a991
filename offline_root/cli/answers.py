"""Certificates, reviews and refusals as the command line shows them, to people and to programs."""

from typing import Any

from offline_root.cli.layout import digest, rows, wrapped
from offline_root.cli.outcome import findings_text
from offline_root.delivery import Delivered
from offline_root.display import spaced, visible
from offline_root.model import Crl, Difference, Issued, Refused, Review, serial_text
from offline_root.response.next_steps import Answer


def certificate_facts(issued: Issued) -> dict[str, Any]:
    """Return a certificate as JSON prints it."""
    return {"environment": issued.environment, "serial": serial_text(issued.serial), "sha256": issued.sha256}


def delivered_facts(answer: Answer, delivered: Delivered) -> dict[str, Any]:
    """Return a delivered certificate as JSON prints it, with the absolute paths of its files."""
    stem = delivered.path / answer.stem
    files = {
        "certificate": f"{stem}.pem",
        "chain": f"{stem}-chain.pem",
        "root": str(delivered.path / "root-ca.pem"),
    }
    return {**certificate_facts(answer.issued), "files": files}


def certificate_text(issued: Issued) -> str:
    """Return a certificate in a few lines."""
    pairs = (("environment", issued.environment), ("serial", serial_text(issued.serial)))
    return rows(pairs, "    ") + digest("SHA-256", issued.sha256)


def crl_facts(crl: Crl | None) -> dict[str, Any] | None:
    """Return a CRL as JSON prints it."""
    if crl is None:
        return None
    return {
        "number": crl.number,
        "this_update": crl.this_update,
        "next_update": crl.next_update,
        "sha256": crl.sha256,
        "revoked": [{"serial": serial_text(each.serial), "reason": each.reason.value} for each in crl.entries],
    }


def crl_pairs(crl: Crl | None) -> tuple[tuple[str, str], ...]:
    """Return a CRL in a few lines."""
    if crl is None:
        return (("CRL", "none yet"),)
    revoked = ", ".join(f"{serial_text(each.serial)} ({each.reason.value})" for each in crl.entries)
    return ("CRL", f"number {crl.number}, good until {crl.next_update}"), ("revoked", revoked or "none")


def review_text(reviewed: Review) -> str:
    """Return a review: what was requested, what the policy says, what will be issued; then all findings."""
    lines = [f"\nREVIEW {visible(reviewed.request.file)} for {reviewed.environment}\n"]
    for row in reviewed.rows:
        columns = (
            ("requested", spaced(row.requested) or "-"),
            ("policy", spaced(row.policy) or "-"),
            ("will be", spaced(row.issued) or "(not issued)"),
        )
        lines.append(f"{row.label}\n{rows(columns, '    ', 10)}")
    if reviewed.difference:
        lines.append(f"\n{difference_text(reviewed.difference)}")
    if reviewed.findings:
        lines.append(f"\n{findings_text(reviewed.findings)}")
    return "".join(lines)


def difference_text(difference: Difference) -> str:
    """Return what changes since the last certificate of an environment."""
    lines = (
        f"{each.label}\n{rows((('before', spaced(each.before)), ('now', spaced(each.now))), '    ', 10)}"
        for each in difference.changes
    )
    return "".join((f"WHAT CHANGES\n{wrapped(difference.summary, '    ')}\n", *lines))


def difference_facts(difference: Difference | None) -> dict[str, Any] | None:
    """Return what changes as JSON prints it; nothing where no certificate could be built."""
    if difference is None:
        return None
    changes = [{"label": each.label, "before": each.before, "now": each.now} for each in difference.changes]
    since = None if difference.since is None else serial_text(difference.since)
    return {"since": since, "summary": difference.summary, "changes": changes}


def refused_text(refused: Refused) -> str:
    """Return a refusal with every finding."""
    head = wrapped(f"REFUSED {visible(refused.file)} for {refused.environment}")
    return f"{head}\n\n{findings_text(refused.findings)}\n"
