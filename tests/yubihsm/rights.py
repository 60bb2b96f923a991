"""Who may do what in the simulated device: the capability of a session that each command needs."""

import struct

from tests.yubihsm.objects import Stored
from tests.yubihsm.words import Capability, Command, Kind, Refused, Status

_NEEDS = {
    Command.RESET_DEVICE: Capability.RESET_DEVICE,
    Command.PUT_OPAQUE: Capability.PUT_OPAQUE,
    Command.GET_OPAQUE: Capability.GET_OPAQUE,
    Command.PUT_AUTHENTICATION_KEY: Capability.PUT_AUTHENTICATION_KEY,
    Command.GENERATE_ASYMMETRIC_KEY: Capability.GENERATE_ASYMMETRIC_KEY,
    Command.SIGN_PKCS1: Capability.SIGN_PKCS,
    Command.SIGN_PSS: Capability.SIGN_PSS,
    Command.SIGN_ECDSA: Capability.SIGN_ECDSA,
    Command.SIGN_EDDSA: Capability.SIGN_EDDSA,
    Command.EXPORT_WRAPPED: Capability.EXPORT_WRAPPED,
    Command.IMPORT_WRAPPED: Capability.IMPORT_WRAPPED,
    Command.PUT_WRAP_KEY: Capability.PUT_WRAP_KEY,
    Command.GET_LOG_ENTRIES: Capability.GET_LOG_ENTRIES,
    Command.SET_LOG_INDEX: Capability.GET_LOG_ENTRIES,
    Command.SET_OPTION: Capability.SET_OPTION,
    Command.GET_OPTION: Capability.GET_OPTION,
    Command.PSEUDO_RANDOM: Capability.GET_PSEUDO_RANDOM,
    Command.SIGN_ATTESTATION_CERTIFICATE: Capability.SIGN_ATTESTATION_CERTIFICATE,
}
_DELETES = {
    Kind.OPAQUE: Capability.DELETE_OPAQUE,
    Kind.AUTHENTICATION_KEY: Capability.DELETE_AUTHENTICATION_KEY,
    Kind.ASYMMETRIC_KEY: Capability.DELETE_ASYMMETRIC_KEY,
    Kind.WRAP_KEY: Capability.DELETE_WRAP_KEY,
}
_MAKES = {
    Command.PUT_OPAQUE,
    Command.PUT_AUTHENTICATION_KEY,
    Command.GENERATE_ASYMMETRIC_KEY,
    Command.PUT_WRAP_KEY,
}
_MAY = struct.Struct("!Q")
_MAY_AT, _DELEGATED_AT = 44, 53
"""Where what a new object may do stands in the command that makes it, and what it may hand on."""


def check(session: Stored, command: Command, data: bytes) -> None:
    """Refuse a command that the authentication key of a session does not allow (Refused)."""
    need = _DELETES[Kind(data[2])] if command is Command.DELETE_OBJECT else _NEEDS.get(command, 0)
    asked = _MAY.unpack_from(data, _MAY_AT)[0] if command in _MAKES else 0
    if command in (Command.PUT_AUTHENTICATION_KEY, Command.PUT_WRAP_KEY):
        asked |= _MAY.unpack_from(data, _DELEGATED_AT)[0]
    if need & ~session.capabilities or asked & ~session.delegated:
        raise Refused(Status.INSUFFICIENT_PERMISSIONS)
