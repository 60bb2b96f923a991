"""The worker's loop with something else than a token behind it."""

import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from hsm import KeyAbsent, Misuse, TokenError
from hsm.frames import Fields, Value, pack, receive
from hsm.serve import Verb, serve
from tests.hsm.softhsm import GUARD


class Served:
    """Answers by echo, misuse, a token's error, or a bug."""

    def __init__(self) -> None:
        self.resets = 0

    def verbs(self) -> Mapping[str, Verb]:
        return {"echo": self.echo, "misuse": self.misuse, "absent": self.absent, "bug": self.bug, "close": self.echo}

    def translated(self, error: Exception) -> TokenError | None:
        return None

    def reset(self) -> None:
        self.resets += 1
        if self.resets == 2:
            raise RuntimeError

    def echo(self, fields: Fields) -> Mapping[str, Value]:
        return {"heard": fields.text("say")}

    def misuse(self, fields: Fields) -> Mapping[str, Value]:
        raise Misuse("not like that")

    def absent(self, fields: Fields) -> Mapping[str, Value]:
        raise KeyAbsent("Not there.")

    def bug(self, fields: Fields) -> Mapping[str, Value]:
        raise ZeroDivisionError(fields.text("say"))


class Asked:
    """The loop running in a thread, and the client's end of its channel."""

    def __init__(self, channel: socket.socket, loop: "Future[None]", served: Served) -> None:
        self.channel, self.loop, self.served = channel, loop, served

    def ask(self, verb: str, number: int = 1) -> Fields:
        self.channel.sendall(pack({"number": number, "verb": verb, "fields": {"say": "secret"}}, 1000))
        return receive(self.channel, 1000)

    def assert_ended(self) -> None:
        self.loop.result(GUARD)
        with pytest.raises(EOFError):
            receive(self.channel, 1000)


@pytest.fixture
def asked() -> Iterator[Asked]:
    near, far = socket.socketpair()
    served = Served()

    def run() -> None:
        with far:
            serve(far, served)

    with ThreadPoolExecutor(1) as pool, near:
        yield Asked(near, pool.submit(run), served)
        near.shutdown(socket.SHUT_RDWR)


def test_answers_carry_their_number(asked: Asked) -> None:
    for number in (7, 3):
        answer = asked.ask("echo", number)
        assert (answer.number("number"), answer.inner("ok").text("heard")) == (number, "secret")


@pytest.mark.parametrize(("verb", "kind"), [("misuse", "Misuse"), ("absent", "KeyAbsent")])
def test_our_own_errors_leave_the_module_as_it_is(asked: Asked, verb: str, kind: str) -> None:
    assert asked.ask(verb).inner("error").text("kind") == kind
    assert asked.served.resets == 0


@pytest.mark.parametrize("verb", ["bug", "unknown"])
def test_an_unforeseen_error_names_its_place_and_not_its_text(asked: Asked, verb: str) -> None:
    error = asked.ask(verb).inner("error")
    assert error.text("kind") == "TokenRefused"
    assert "secret" not in repr(error.values)
    assert error.text("code").split(" at ")[0] in {"ZeroDivisionError", "KeyError"}
    assert asked.served.resets == 1
    assert asked.ask("echo").inner("ok").text("heard")


def test_what_cannot_be_reset_is_given_up_after_the_answer(asked: Asked) -> None:
    asked.ask("bug")
    assert asked.ask("bug").inner("error").text("kind") == "TokenRefused"
    asked.assert_ended()


def test_close_is_the_last(asked: Asked) -> None:
    assert asked.ask("close").inner("ok").text("heard")
    asked.assert_ended()


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\2{}", b""], ids=repr)
def test_a_client_that_is_mad_or_gone_is_the_end(asked: Asked, data: bytes) -> None:
    asked.channel.sendall(data)
    asked.channel.shutdown(socket.SHUT_WR)
    asked.assert_ended()
