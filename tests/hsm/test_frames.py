"""Frames between client and worker."""

import contextlib
import socket
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hsm.frames import Fields, FrameError, Secret, pack, receive, unpack

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(max_size=50)
NAMES = st.sampled_from(["a", "b", "c"])


@UNTIMED
@given(st.dictionaries(NAMES, st.one_of(TEXT, st.binary(max_size=50), st.booleans(), st.integers())))
def test_what_is_packed_is_read_back(values: dict[str, str | bytes | bool | int]) -> None:
    read = unpack(pack(values, 10_000)[4:])
    for name, value in values.items():
        if isinstance(value, str):
            assert read.text(name) == value
        elif isinstance(value, bytes):
            assert read.data(name) == value
        elif isinstance(value, bool):
            assert read.flag(name) is value
        else:
            assert read.number(name) == value


@UNTIMED
@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_a_frame_error(body: bytes) -> None:
    with contextlib.suppress(FrameError):
        assert isinstance(unpack(body).values, dict)


def test_a_frame_is_length_and_body() -> None:
    assert pack({"a": b"\xff", "b": None}, 100) == b'\x00\x00\x00\x18{"a": "/w==", "b": null}'


def test_a_frame_has_a_longest_length() -> None:
    assert pack({"a": 1}, 8)
    with pytest.raises(FrameError, match="8 bytes are more than the 7"):
        pack({"a": 1}, 7)


def test_other_values_have_no_place() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        pack({"a": object()}, 100)  # type: ignore[dict-item]


@pytest.mark.parametrize("value", [None, 1, True, 1.5, [], {}, "", "text", "AA==", [1], [{}], {"x": 1}], ids=repr)
def test_a_field_of_a_wrong_type_is_a_frame_error(value: object) -> None:
    fields = Fields({"a": value})
    fitting = {
        "text": isinstance(value, str),
        "text_or_none": value is None or isinstance(value, str),
        "flag": isinstance(value, bool),
        "number": value == 1 and value is not True,
        "data": value in ("", "text", "AA=="),
        "inner": isinstance(value, dict),
        "rows": value in ([], [{}]),
    }
    for name, fits in fitting.items():
        if fits:
            getattr(fields, name)("a")
        else:
            with pytest.raises(FrameError, match="field a"):
                getattr(fields, name)("a")


@pytest.mark.parametrize("method", ["text", "text_or_none", "flag", "number", "data", "inner", "rows"])
def test_a_missing_field_is_a_frame_error(method: str) -> None:
    with pytest.raises(FrameError, match="field a"):
        getattr(Fields({}), method)("a")


def test_a_secret_is_shown_nowhere_but_in_its_frame() -> None:
    secret = Secret("4711")
    assert "4711" not in repr(secret) + str(secret) + f"{secret}" + repr(Fields({"pin": "4711"}))
    assert b"4711" in pack({"pin": secret}, 100)


def test_frames_follow_each_other_in_pieces() -> None:
    near, far = socket.socketpair()
    frames = pack({"a": 1}, 100) + pack({"a": "x" * 90_000}, 100_000)

    def trickle() -> None:
        with far:
            for start in range(0, len(frames), 20_001):
                far.sendall(frames[start : start + 20_001])

    thread = threading.Thread(target=trickle)
    thread.start()
    with near:
        assert receive(near, 100).number("a") == 1
        assert len(receive(near, 100_000).text("a")) == 90_000
        with pytest.raises(EOFError):
            receive(near, 100)
    thread.join()
