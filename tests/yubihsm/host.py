"""A host of the simulated device: the simulator's own tests ask with it, over HTTP as the vendor's library does."""

import http.client
import secrets
import struct
from urllib.parse import urlsplit

from tests.yubihsm.channel import Channel, StaticKeys, message, parsed
from tests.yubihsm.device import AUTHENTICATION_KEY, PASSWORD
from tests.yubihsm.words import ALL_CAPABILITIES, ALL_DOMAINS, Command, Refused, Status


class Gone(Exception):
    """The connector has no device."""


def exchange(url: str, asked: bytes) -> bytes:
    """Return the data of the answer (Refused, Gone)."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    try:
        connection.request("POST", "/connector/api", asked)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise Gone
    number, data = parsed(body)
    if number == 0x7F:
        raise Refused(Status(data[0]))
    assert number == asked[0] | 0x80
    return data


class Host:
    """One session with the device (Refused)."""

    def __init__(self, url: str, password: str = PASSWORD, key: int = AUTHENTICATION_KEY) -> None:
        self._url = url
        challenge = secrets.token_bytes(8)
        answer = exchange(url, message(Command.CREATE_SESSION, struct.pack("!H", key) + challenge))
        self.place = answer[:1]
        self.channel = Channel.between(StaticKeys.of(password), challenge, answer[1:9])
        self.proven = answer[9:] == self.channel.card_cryptogram
        data = self.place + self.channel.host_cryptogram
        exchange(url, self.channel.sealed(Command.AUTHENTICATE_SESSION, data))

    def ask(self, command: int, data: bytes = b"") -> bytes:
        """Return the data of the answer to a command (Refused)."""
        secret = self.channel.encrypted(message(command, data))
        answer = exchange(self._url, self.channel.sealed(Command.SESSION_MESSAGE, self.place + secret))
        head, mac = message(Command.SESSION_MESSAGE | 0x80, answer)[:-8], answer[-8:]
        assert self.channel.answer_mac_of(head) == mac
        plain = self.channel.decrypted(answer[1:-8])
        self.channel.counter += 1
        number, data = parsed(plain)
        if number == 0x7F:
            raise Refused(Status(data[0]))
        assert number == command | 0x80
        return data

    def make(
        self, command: Command, number: int, algorithm: int, rest: bytes = b"", may: int = ALL_CAPABILITIES
    ) -> int:
        """Make an object and return its number."""
        head = struct.pack("!H40sHQB", number, b"made by a test", ALL_DOMAINS, may, algorithm)
        return int.from_bytes(self.ask(command, head + rest)[-2:], "big")
