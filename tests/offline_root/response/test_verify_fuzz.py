"""`verify` never raises, whatever the folder holds: it always ends in findings, and a changed folder never passes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_root.audit.chain import check
from offline_root.response.verify import verify_response
from tests.offline_root.response.folders import Files, Response

NAMES = st.one_of(
    st.sampled_from(["test-ca-chain.pem", "root-ca.pem", "audit/log.jsonl", "x\ny", "-chain.pem", "\udc80"]),
    st.text(min_size=1, max_size=20),
)
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def mutations(draw: st.DrawFn, files: Files) -> Files:
    """Return the folder with up to four changes: bytes replaced, put in, cut out; files removed, added, swapped."""
    changed = dict(files)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        data = changed.get(name, b"")
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 100)))
        match draw(st.integers(0, 4)):
            case 0:
                changed[name] = data[:start] + draw(st.binary(max_size=100)) + data[end:]
            case 1:
                changed.pop(name, None)
            case 2:
                changed[draw(NAMES)] = draw(st.binary(max_size=100))
            case 3:
                changed[name] = changed.get(draw(st.sampled_from(sorted(files))), b"")
            case _:
                changed[name] = data * draw(st.integers(0, 2))
    return changed


@pytest.mark.parametrize("anchored", [True, False])
class TestMutatedFolder:
    @SETTINGS
    @given(data=st.data())
    def test_is_refused_and_never_a_crash(self, response: Response, anchored: bool, data: st.DataObject) -> None:
        changed = data.draw(mutations(response.files))
        verified = verify_response(changed, response.anchor if anchored else None)
        codes = {each.code for each in verified.findings}
        assert codes if changed != response.files else codes <= {"response.no-anchor"}

    @SETTINGS
    @given(files=st.dictionaries(NAMES, st.binary(max_size=50)))
    def test_of_anything_at_all_is_refused(self, response: Response, anchored: bool, files: Files) -> None:
        assert verify_response(files, response.anchor if anchored else None).findings

    @SETTINGS
    @given(data=st.data())
    def test_with_another_line_in_a_log_that_is_one_chain_is_refused(
        self, response: Response, anchored: bool, data: st.DataObject
    ) -> None:
        from offline_root.audit.fold import _HANDLERS
        from tests.offline_root.audit.logs import line_after

        value = st.one_of(st.text(max_size=20), st.integers(0, 9), st.sampled_from(["", "00", "MAA="]))
        keys = ["serial", "certificate", "origin", "audit_verifier", "rehearsal", "environment", "file", "key"]
        facts = data.draw(st.dictionaries(st.sampled_from([*keys, "request_sha256", "policy", "tbs", "label"]), value))
        log = response.files["audit/log.jsonl"]
        longer = log + line_after(log, data.draw(st.sampled_from(sorted(_HANDLERS))), facts)
        assert check(longer).problems == ()
        files = {**response.files, "audit/log.jsonl": longer}
        assert verify_response(files, response.anchor if anchored else None).findings
