"""The requested name against all names that it must not be mistaken for: of roots and of other environments."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import NameOID

from offline_root.checks.case import ReviewCase
from offline_root.display import visible
from offline_root.findings import Detail, Severity, check, declare
from offline_root.issue import load
from offline_root.lookalike import skeleton
from offline_root.names import matches, text


def _common_names(name: x509.Name) -> tuple[str, ...]:
    return tuple(str(each.value) for each in name.get_attributes_for_oid(NameOID.COMMON_NAME))


def _faces(name: x509.Name) -> frozenset[str]:
    """Return what a name looks like: its common names, and all its values in a row."""
    everything = "".join(str(each.value) for each in name)
    return frozenset(map(skeleton, (everything, *_common_names(name))))


def _taken(case: ReviewCase) -> Iterator[tuple[x509.Name, str]]:
    """Yield the names that others have, with who: the root, other roots and environments as long as they are valid."""
    yield case.root.subject, "the root that would sign it"
    for each in case.history.issued:
        certificate = load(each.certificate)
        lives = certificate.not_valid_after_utc > case.draft.not_before
        if lives and certificate != case.root and each.environment != case.case.environment.name:
            yield certificate.subject, each.owner


@check(
    declare(
        "request.subject.confusable",
        Severity.REFUSE,
        "The name must not look like that of a root or of another environment",
        rule="RFC 5280 4.1.2.6; Unicode TR 39 4",
        mend="Make a new request whose common name says the environment in plain letters,"
        " and ask who made this one: a name that looks like another one is made to be mistaken for it.",
    )
)
def confusable(case: ReviewCase) -> Iterator[Detail]:
    """Refuse a name that people could not tell from another one, though its bytes may differ."""
    requested, planned, policy = case.case.requested, case.case.subject.name, case.case.policy
    if case.case.subject.length:
        return  # Refused anyway, and comparing a long text takes long.
    faces = _faces(requested) | (_faces(planned) if planned else frozenset())
    for name, owner in dict.fromkeys(_taken(case)):
        # The root's own name, not only one like it, is another check's.
        if faces & _faces(name) and not (name == case.root.subject and name in (requested, planned)):
            yield "subject", f"'{text(requested)}' looks like '{text(name)}', the name of {owner}."
    for cn in _common_names(requested):
        for other in policy.environments:
            alike = matches(skeleton(cn), skeleton(other.common_name)) and not matches(cn, other.common_name)
            if other.name != case.case.environment.name and alike:
                yield "subject.common_name", f"'{visible(cn)}' looks like '{other.common_name}' of {other.name}."


CHECKS = (confusable,)
