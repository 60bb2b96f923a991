"""All codes of the whole program, and the table of them that docs/checks.md is."""

from importlib import import_module

from offline_root.findings import Code, declared

_DECLARING = (
    "offline_root.checks",
    "offline_root.checks.weigh",
    "offline_root.linter",
    "offline_root.policy.codes",
    "offline_root.request.codes",
    "offline_root.request.source",
    "offline_root.response.codes",
    "offline_root.review",
)
"""The modules that declare codes. A test finds any that is missing here."""

_HEAD = """\
# Checks

Every finding this program can make. This page is generated: `offline-root policy explain --markdown`.

`refuse` stands in the way, `warn` must be acknowledged by its code, `info` is for information. A `recommended` check
may be lowered by the policy (`[severity]`, `strictness`), a `required` one never.

| code | severity | strength | what | rule | what to do |
|---|---|---|---|---|---|
"""


def catalogue() -> tuple[Code, ...]:
    """Return every code there is, sorted by name."""
    for module in _DECLARING:
        import_module(module)
    return declared()


def markdown() -> str:
    """Return docs/checks.md."""
    rows = (
        (f"`{each.name}`", each.severity.value, each.strength.value, each.title, each.rule, each.mend)
        for each in catalogue()
    )
    return _HEAD + "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)
