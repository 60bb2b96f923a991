"""Where an authority stands: what was issued, what expires when, what is unsettled. A pure view of the log."""

from dataclasses import dataclass
from datetime import datetime

from offline_root.audit.state import State
from offline_root.checks import HIERARCHY_CHECKS
from offline_root.checks.hierarchy import Hierarchy
from offline_root.crl import due_from
from offline_root.findings import Finding, run
from offline_root.issue import load
from offline_root.keys import fingerprint
from offline_root.model import ROOT, Crl, Intent, Issued, Revocation, Serial, serial_text
from offline_root.moments import from_utc_text, utc_text
from offline_root.policy.force import in_force
from offline_root.policy.model import EnvironmentPolicy

REVOKED = "revoked"
"""The `state` of a certificate that was taken back."""

_WANTING = {
    REVOKED: "its newest one is revoked",
    "expired": "its newest one has expired",
    "renew now": "certificates of full length would outlive its newest one",
}
"""Why an environment needs a new intermediate, by the state of its newest one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One certificate of one environment, or an environment that has none (then only `state` says something).

    `renew_before` is where leaf certificates of full length would begin to outlive it: notAfter less max_leaf_validity.
    """

    environment: str
    state: str
    serial: str = ""
    sha256: str = ""
    not_after: str = ""
    renew_before: str = ""


@dataclass(frozen=True, slots=True)
class CrlStanding:
    """The newest CRL, and why another one is due: empty where it is not. `unlisted` is not on it yet."""

    crl: Crl | None
    due: str
    unlisted: tuple[Revocation, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """An authority at one moment. Times are UTC text; `needs` are sentences, of the environments of the policy."""

    authority: str
    rehearsal: bool
    root_sha256: str
    root_not_after: str
    lines: tuple[Line, ...]
    intents: tuple[Intent, ...]
    abandoned: tuple[Serial, ...]
    revoked: tuple[Revocation, ...]
    crl: CrlStanding
    attempts: int
    log_size: int
    last_time: str
    needs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def status_of(state: State, now: datetime, others: tuple[State, ...] = ()) -> Status:
    """Return the status of an authority among the `others` in HOME (PolicyError where its policy cannot be read)."""
    policy = in_force(state)
    environments = {each.name: each for each in policy.environments}
    lines: list[Line] = []
    for name in dict.fromkeys(
        (*environments, *(each.environment for each in state.issued if each.environment != ROOT))
    ):
        own = [each for each in state.issued if each.environment == name]
        lines += [_line(state, each, environments.get(name), now) for each in own] or [Line(name, "nothing issued yet")]
    return Status(
        state.authority,
        state.rehearsal,
        fingerprint(state.root),
        utc_text(load(state.root).not_valid_after_utc),
        tuple(lines),
        state.intents,
        state.abandoned,
        state.revoked,
        crl_standing(state, now),
        state.attempts,
        state.size,
        state.last_time,
        tuple(
            f"{each.environment} needs a new intermediate: {_WANTING[each.state]}."
            for each in {each.environment: each for each in lines}.values()
            if each.state in _WANTING and each.environment in environments
        ),
        run(HIERARCHY_CHECKS, Hierarchy.of(state, others, policy, now)),
    )


def crl_standing(state: State, now: datetime) -> CrlStanding:
    """Say whether a fresh CRL is due: something is not on it, or it is over, or a third of its time is left."""
    if state.crl is None:
        return CrlStanding(None, "there is none yet", state.unlisted)
    due = ""
    if state.unlisted:
        due = f"{len(state.unlisted)} not on the newest one"
    elif now > from_utc_text(state.crl.next_update):
        due = f"overdue since {state.crl.next_update}"
    elif now >= due_from(state.crl):
        due = f"a third of its time is left, or less, until {state.crl.next_update}"
    return CrlStanding(state.crl, due, state.unlisted)


def _line(state: State, issued: Issued, environment: EnvironmentPolicy | None, now: datetime) -> Line:
    not_after = load(issued.certificate).not_valid_after_utc
    renew = environment.max_leaf_validity.before(not_after) if environment else not_after
    revoked = any(each.serial == issued.serial for each in state.revocations)
    standing = REVOKED if revoked else "expired" if now > not_after else "renew now" if now > renew else "valid"
    return Line(
        issued.environment,
        standing,
        serial_text(issued.serial),
        issued.sha256,
        utc_text(not_after),
        utc_text(renew),
    )
