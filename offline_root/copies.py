"""The copies of what the log knows that lie in HOME beside it: the policy in force, the newest CRL."""

from collections.abc import Sequence

from offline_root.audit.entry import Entry
from offline_root.audit.state import State
from offline_root.home import Place
from offline_root.response.files import crl_files

_ADOPTED = "policy-adopted"


def policy_copy(place: Place, entries: Sequence[Entry]) -> str:
    """Return the text of policy.toml; one that was in force before was left behind, and is renewed (CeremonyError).

    An adoption whose last step failed leaves one, and so does a log that was put back.
    """
    texts = [str(each.facts["policy"]) for each in entries if each.event == _ADOPTED]
    copy = place.policy_copy()
    if copy in texts and copy != texts[-1]:
        place.replace_policy(texts[-1])
        return texts[-1]
    return copy


def renew_copies(place: Place, state: State, since: Sequence[Entry]) -> None:
    """Write the policy if the lines `since` adopt one, and the CRL where it is not the newest (CeremonyError)."""
    if any(each.event == _ADOPTED for each in since):
        place.replace_policy(state.policy)
    if state.crl is not None:
        place.renew(crl_files(state.crl.der))
