"""The policy that an authority is made from: what can never be changed later, then all of its text; and the name."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from offline_root.errors import StationError
from offline_root.policy.model import Policy
from tui.frame import Frame, Page
from tui.layout import Below, Hanging
from tui.safe_text import literal, safe, told
from tui.widgets import Entry, Field, Passage, refused

USUAL = "root"
_LABEL = 18


class PolicyScreen(Page[str]):
    """Return the name of the new authority, None for Esc. `error` is what was wrong with `name`."""

    TITLE_TEXT = literal("Policy")
    NEXT = literal("read it; type the name, Enter goes on · PgDn reads · Esc back")

    def __init__(self, frame: Frame, policy: Policy, name: str = USUAL, error: StationError | None = None) -> None:
        super().__init__(frame)
        self._policy, self._authority, self._error = policy, name, error

    def body(self) -> Iterator[Widget]:
        """Give the entry, then what the policy says."""
        yield from refused(self._error)
        yield Field(literal("Authority"), Entry(id="name", value=self._authority), last=True)
        root, ceremony = self._policy.root, self._policy.ceremony
        facts = (
            (literal("Root"), safe(root.common_name, "bold")),
            (literal("Key"), told(f"{root.key.value}, valid for {root.validity}")),
            (literal("CRL"), told(f"at {root.crl_url}, each for {root.crl_validity}")),
            (literal("People"), told(f"an operator; witnesses: {ceremony.witnesses}")),
            (literal("Token opens with"), told(_opens(ceremony.shares))),
            (literal("Backup"), told(_backup(ceremony.backup))),
            (literal("Environments"), told(", ".join(each.name for each in self._policy.environments))),
        )
        yield Passage(
            Below(
                literal("For good: root, key, addresses, what opens the token, backup or none.", "bold"),
                *(Hanging(label, said, _LABEL) for label, said in facts),
            )
        )
        yield Passage(Below(literal("ALL OF IT", "bold"), *(told(each) for each in self._policy.text.split("\n"))))

    @on(Entry.Done)
    def done(self) -> None:
        """Return the name."""
        self.dismiss(self.query_one("#name", Entry).value.strip())


def _opens(shares: tuple[int, int] | None) -> str:
    return "a PIN" if shares is None else f"the cards of {shares[0]} of {shares[1]} custodians"


def _backup(shares: tuple[int, int] | None) -> str:
    if shares is None:
        return "never possible: the key is lost with its token"
    return f"possible; opens with the cards of {shares[0]} of {shares[1]} custodians"
