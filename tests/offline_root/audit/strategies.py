"""Hypothesis strategies for log entries."""

from hypothesis import strategies as st

from offline_root.audit.entry import MAX_INTEGER, Entry, Facts, Value

texts = st.text(st.characters(exclude_categories=["Cs"]))
values: st.SearchStrategy[Value] = st.recursive(
    texts | st.integers(-MAX_INTEGER, MAX_INTEGER),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
facts_of_any_kind: st.SearchStrategy[Facts] = st.dictionaries(
    texts.filter(lambda name: name not in {"seq", "time", "prev", "event"}), values, max_size=5
)
entries = st.builds(
    Entry,
    seq=st.integers(0, MAX_INTEGER),
    time=st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")),
    prev=st.binary(min_size=32, max_size=32).map(bytes.hex),
    event=st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True),
    facts=facts_of_any_kind,
)
