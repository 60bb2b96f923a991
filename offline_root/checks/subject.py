"""The requested subject, and the file's name, against the policy (RFC 5280 4.1.2.6)."""

import re
from collections.abc import Iterator

from cryptography.x509.oid import NameOID

from offline_root.checks.case import Case
from offline_root.display import dangerous, visible
from offline_root.findings import Detail, Severity, check, declare
from offline_root.names import matches
from offline_root.policy.model import Policy


@check(
    declare(
        "request.subject.common-name",
        Severity.REFUSE,
        "The common name must be the one the policy gives the environment",
        rule="RFC 5280 4.1.2.6; policy environments.E.common_name",
        mend="Make a new request with the common name of the policy,"
        " or choose the environment that this request is for.",
    )
)
def common_name(case: Case) -> Iterator[Detail]:
    """Refuse a common name that is absent, repeated or another one than the policy's."""
    if not case.subject.common_name:
        return
    asked = [str(each.value) for each in case.requested.get_attributes_for_oid(NameOID.COMMON_NAME)]
    others = [each for each in case.policy.environments if each.name != case.environment.name]
    meant = [each.name for each in others if any(matches(cn, each.common_name) for cn in asked)]
    hint = "".join(f" That is the name of {each}." for each in meant)
    yield from ((field, message + hint) for field, message in case.subject.common_name)


@check(
    declare(
        "request.subject.attribute",
        Severity.REFUSE,
        "An attribute that the policy names must not have another value",
        rule="RFC 5280 4.1.2.6; policy environments.E",
        mend="Make a new request with the policy's value, or without the attribute: the policy's value is added then.",
    )
)
def attribute(case: Case) -> Iterator[Detail]:
    """Refuse an organization, country and so on that contradicts the policy."""
    yield from case.subject.different


@check(
    declare(
        "request.subject.length",
        Severity.REFUSE,
        "An attribute that the policy names must be of a length that a certificate may hold",
        rule="RFC 5280 A.1 (ub-common-name and the like, counted in octets); ISO 3166 for the country",
        mend="Make a new request with shorter names, none empty: at most 64 octets, state and locality 128.",
    )
)
def length(case: Case) -> Iterator[Detail]:
    """Refuse a value that is empty or longer than X.520 allows, and a country that is not of two letters."""
    yield from case.subject.length


@check(
    declare(
        "request.subject.unknown",
        Severity.WARN,
        "The request's subject has an attribute that the policy does not know",
        rule="policy environments.E",
        mend="If the attribute is wanted, add it to the policy. It is dropped where the policy builds the subject.",
    )
)
def unknown_attribute(case: Case) -> Iterator[Detail]:
    """Warn of each attribute of the subject that will not be in the certificate, or that only the request decides."""
    yield from case.subject.dropped


@check(
    declare(
        "request.subject.added",
        Severity.INFO,
        "An attribute that the policy names was not in the request",
        rule="policy environments.E",
        mend="Nothing to do: the policy's value is added where the policy builds the subject.",
    )
)
def added_attribute(case: Case) -> Iterator[Detail]:
    """Tell of each attribute that comes from the policy alone."""
    yield from case.subject.added


@check(
    declare(
        "request.file.name-characters",
        Severity.WARN,
        "The file's name holds characters that a screen would hide or obey",
        rule="Unicode TR 36",
        mend="Ask the sender who named the file, and check the fingerprint on paper with care.",
    )
)
def file_name_characters(case: Case) -> Iterator[Detail]:
    """Warn of a file name made to deceive."""
    found = dangerous(case.request.file)
    if found:
        yield "file", f"The file name '{visible(case.request.file)}' holds {', '.join(found)}."


@check(
    declare(
        "request.file.other-environment",
        Severity.WARN,
        "The file's name says another environment",
        rule="policy environments",
        mend="Compare the environment on the paper slip once more before acknowledging.",
    )
)
def other_environment(case: Case) -> Iterator[Detail]:
    """Warn where the file is named after another environment and not after the chosen one."""
    named = _environments_in(case.request.file, case.policy)
    if named and case.environment.name not in named:
        said = ", ".join(sorted(named))
        yield "file", f"The file name says {said}; the environment chosen is {case.environment.name}."


def _environments_in(file: str, policy: Policy) -> set[str]:
    """Return the environments whose names stand in the file's name as whole words, the longest where names overlap."""
    known = sorted((re.escape(each.name) for each in policy.environments), key=len, reverse=True)
    return set(re.findall(rf"(?<![^\W_])(?:{'|'.join(known)})(?![^\W_])", file.rsplit("/", 1)[-1].lower()))


CHECKS = (
    common_name,
    attribute,
    length,
    unknown_attribute,
    added_attribute,
    file_name_characters,
    other_environment,
)
