"""The requested subject against the policy, and against what a screen can show (RFC 5280 4.1.2.6)."""

from collections.abc import Iterator

from offline_root import names
from offline_root.checks.case import Case
from offline_root.display import dangerous, visible
from offline_root.findings import Detail, Severity, check, declare


@check(
    declare(
        "request.subject.common-name",
        Severity.REFUSE,
        "The common name must be the one the policy gives the environment",
        rule="RFC 5280 4.1.2.6; policy environments.E.common_name",
        mend="Make a new request with the common name of the policy, or choose the environment that this request is for.",
    )
)
def common_name(case: Case) -> Iterator[Detail]:
    """Refuse a common name that is absent, repeated or another one than the policy's."""
    yield from case.subject.common_name


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
        "request.subject.characters",
        Severity.REFUSE,
        "The subject must hold only characters that can be seen and that cannot deceive",
        rule="BR 7.1.4.2; Unicode TR 36",
        mend="Make a new request whose subject is plain text, and ask how such characters came into it.",
    )
)
def characters(case: Case) -> Iterator[Detail]:
    """Refuse control, escape, bidirectional and invisible characters in a subject."""
    for each in case.csr.subject:
        found = dangerous(str(each.value))
        if found:
            field = f"subject.{names.word(each.oid)}"
            yield field, f"'{visible(str(each.value))}' holds {', '.join(found)}, which a screen would hide or obey."


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
    named = {part for part in _words(case.request.file) if case.policy.environment(part)}
    if named and case.environment.name not in named:
        said = ", ".join(sorted(named))
        yield "file", f"The file name says {said}; the environment chosen is {case.environment.name}."


def _words(file: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in file.rsplit("/", 1)[-1].lower()).split()


CHECKS = (
    common_name,
    attribute,
    unknown_attribute,
    added_attribute,
    characters,
    file_name_characters,
    other_environment,
)
