"""The commands of a session with the simulated device, one function each."""

import secrets
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.yubihsm import keys
from tests.yubihsm.devicelog import ENTRIES, FIXED
from tests.yubihsm.objects import GENERATED, IMPORTED, SLOTS, Stored
from tests.yubihsm.words import Capability, Command, Kind, Option, Refused, Status, command_of

if TYPE_CHECKING:
    from tests.yubihsm.device import Device

_NEW = "!H40sHQB"
"""What every command that makes an object begins with: number, label, domains, capabilities, algorithm."""


def _made(device: "Device", kind: Kind, data: bytes, content: keys.PrivateKey | bytes, delegated: int = 0) -> bytes:
    number, label, domains, may, algorithm = struct.unpack(_NEW, data[: struct.calcsize(_NEW)])
    origin = IMPORTED if isinstance(content, bytes) else GENERATED
    return device.store.put(Stored(kind, number, label, domains, may, algorithm, content, origin, delegated))


def _put_opaque(device: "Device", data: bytes) -> bytes:
    return _made(device, Kind.OPAQUE, data, data[struct.calcsize(_NEW) :])


def _get_opaque(device: "Device", data: bytes) -> bytes:
    number = int.from_bytes(data, "big")
    if number == 0:
        return device.maker.certificate()
    content = device.store.get(Kind.OPAQUE, number).content
    assert isinstance(content, bytes)
    return content


def _put_wrap_key(device: "Device", data: bytes) -> bytes:
    head = struct.calcsize(_NEW)
    return _made(device, Kind.WRAP_KEY, data, data[head + 8 :], int.from_bytes(data[head : head + 8], "big"))


def _generate(device: "Device", data: bytes) -> bytes:
    return _made(device, Kind.ASYMMETRIC_KEY, data, keys.generated(data[struct.calcsize(_NEW) - 1]))


def _object_info(device: "Device", data: bytes) -> bytes:
    found = device.store.get(data[2], int.from_bytes(data[:2], "big"))
    return found.info + struct.pack("!Q", found.delegated)


def _delete(device: "Device", data: bytes) -> bytes:
    device.store.delete(data[2], int.from_bytes(data[:2], "big"))
    return b""


def _private(device: "Device", data: bytes) -> tuple[Stored, keys.PrivateKey]:
    found = device.store.get(Kind.ASYMMETRIC_KEY, int.from_bytes(data[:2], "big"))
    assert not isinstance(found.content, bytes)
    return found, found.content


def _public_key(device: "Device", data: bytes) -> bytes:
    found, private = _private(device, data)
    return bytes([found.algorithm]) + keys.public_bytes(private)


def _signer(need: Capability, sign: Callable[[keys.PrivateKey, bytes], bytes]) -> Callable[["Device", bytes], bytes]:
    def signing(device: "Device", data: bytes) -> bytes:
        found, private = _private(device, data)
        if not found.capabilities & need:
            raise Refused(Status.INSUFFICIENT_PERMISSIONS)
        return device.faults.spoil(sign(private, data[2:]))

    return signing


def _set_option(device: "Device", data: bytes) -> bytes:
    values = data[3:]
    if data[0] == Option.FORCE_AUDIT:
        _check_not_fixed(device.log.force, values[0])
        device.log.force = values[0]
        return b""
    for number, value in zip(values[::2], values[1::2], strict=True):
        command = command_of(number)
        _check_not_fixed(device.log.audited[command], value)
        device.log.audited[command] = value
    return b""


def _check_not_fixed(before: int, value: int) -> None:
    if before == FIXED != value:
        raise Refused(Status.INVALID_DATA)


def _get_option(device: "Device", data: bytes) -> bytes:
    if data[0] == Option.FORCE_AUDIT:
        return bytes([device.log.force])
    return b"".join(map(bytes, device.log.audited.items()))


def _set_log_index(device: "Device", data: bytes) -> bytes:
    device.log.forget(int.from_bytes(data, "big"))
    return b""


def _put_authentication_key(device: "Device", data: bytes) -> bytes:
    head = struct.calcsize(_NEW)
    content, delegated = data[head + 8 :], int.from_bytes(data[head : head + 8], "big")
    return _made(device, Kind.AUTHENTICATION_KEY, data, content, delegated)


def _attest(device: "Device", data: bytes) -> bytes:
    found, private = _private(device, data)
    if data[2:] != bytes(2):
        raise Refused(Status.OBJECT_NOT_FOUND)
    return device.maker.of(found, private)


def info(device: "Device", data: bytes) -> bytes:
    """Answer GET DEVICE INFO, of which firmware 2.4 has a second page."""
    if data == b"\1":
        return b"A7005A"
    return (
        bytes(device.maker.firmware)
        + struct.pack("!IBB", device.maker.serial, ENTRIES, len(device.log))
        + bytes(range(1, 56))
    )


INNER: Mapping[Command, Callable[["Device", bytes], bytes]] = {
    Command.ECHO: lambda _, data: data,
    Command.CLOSE_SESSION: lambda _, __: b"",
    Command.DEVICE_INFO: info,
    Command.STORAGE_INFO: lambda device, _: struct.pack("!HHHHH", SLOTS, SLOTS - len(device.store), 1024, 1000, 126),
    Command.PSEUDO_RANDOM: lambda _, data: secrets.token_bytes(int.from_bytes(data, "big")),
    Command.PUT_OPAQUE: _put_opaque,
    Command.GET_OPAQUE: _get_opaque,
    Command.PUT_WRAP_KEY: _put_wrap_key,
    Command.GENERATE_ASYMMETRIC_KEY: _generate,
    Command.LIST_OBJECTS: lambda device, data: device.store.listed(data),
    Command.OBJECT_INFO: _object_info,
    Command.PUBLIC_KEY: _public_key,
    Command.DELETE_OBJECT: _delete,
    Command.EXPORT_WRAPPED: lambda device, data: device.store.exported(*struct.unpack("!HBH", data)),
    Command.IMPORT_WRAPPED: lambda device, data: device.store.imported(int.from_bytes(data[:2], "big"), data[2:]),
    Command.SIGN_ECDSA: _signer(Capability.SIGN_ECDSA, keys.ecdsa),
    Command.SIGN_EDDSA: _signer(Capability.SIGN_EDDSA, keys.eddsa),
    Command.SIGN_PKCS1: _signer(Capability.SIGN_PKCS, keys.pkcs1),
    Command.SIGN_PSS: _signer(Capability.SIGN_PSS, keys.pss),
    Command.GET_LOG_ENTRIES: lambda device, _: device.log.read(),
    Command.SET_OPTION: _set_option,
    Command.GET_OPTION: _get_option,
    Command.PUT_AUTHENTICATION_KEY: _put_authentication_key,
    Command.SIGN_ATTESTATION_CERTIFICATE: _attest,
    Command.RESET_DEVICE: lambda device, _: device.reset(),
    Command.SET_LOG_INDEX: _set_log_index,
}
"""What is asked of a device, and what carries it out."""
