"""The numbers of the YubiHSM 2 protocol that the simulator speaks (Yubico, YubiHSM 2 reference)."""

from enum import IntEnum, IntFlag


class Command(IntEnum):
    """What a host can ask. An answer has the same number with bit 7 set, an error is 0x7F."""

    ECHO = 0x01
    CREATE_SESSION = 0x03
    AUTHENTICATE_SESSION = 0x04
    SESSION_MESSAGE = 0x05
    DEVICE_INFO = 0x06
    RESET_DEVICE = 0x08
    CLOSE_SESSION = 0x40
    STORAGE_INFO = 0x41
    PUT_OPAQUE = 0x42
    GET_OPAQUE = 0x43
    PUT_AUTHENTICATION_KEY = 0x44
    GENERATE_ASYMMETRIC_KEY = 0x46
    SIGN_PKCS1 = 0x47
    LIST_OBJECTS = 0x48
    EXPORT_WRAPPED = 0x4A
    IMPORT_WRAPPED = 0x4B
    PUT_WRAP_KEY = 0x4C
    GET_LOG_ENTRIES = 0x4D
    OBJECT_INFO = 0x4E
    SET_OPTION = 0x4F
    GET_OPTION = 0x50
    PSEUDO_RANDOM = 0x51
    PUBLIC_KEY = 0x54
    SIGN_PSS = 0x55
    SIGN_ECDSA = 0x56
    DELETE_OBJECT = 0x58
    SIGN_ATTESTATION_CERTIFICATE = 0x64
    SET_LOG_INDEX = 0x67
    SIGN_EDDSA = 0x6A


class Status(IntEnum):
    """Why the device refuses."""

    OK = 0x00
    INVALID_COMMAND = 0x01
    INVALID_DATA = 0x02
    INVALID_SESSION = 0x03
    AUTHENTICATION_FAILED = 0x04
    SESSIONS_FULL = 0x05
    SESSION_FAILED = 0x06
    STORAGE_FAILED = 0x07
    WRONG_LENGTH = 0x08
    INSUFFICIENT_PERMISSIONS = 0x09
    LOG_FULL = 0x0A
    OBJECT_NOT_FOUND = 0x0B
    OBJECT_EXISTS = 0x11


class Kind(IntEnum):
    """The types of objects that the simulator holds."""

    OPAQUE = 1
    AUTHENTICATION_KEY = 2
    ASYMMETRIC_KEY = 3
    WRAP_KEY = 4


class Option(IntEnum):
    """What can be set for the whole device."""

    FORCE_AUDIT = 1
    COMMAND_AUDIT = 3


class Capability(IntFlag):
    """What an object may be used for, and a session do; only what the simulator looks at."""

    GET_OPAQUE = 1 << 0
    PUT_OPAQUE = 1 << 1
    PUT_AUTHENTICATION_KEY = 1 << 2
    GENERATE_ASYMMETRIC_KEY = 1 << 4
    SIGN_PKCS = 1 << 5
    SIGN_PSS = 1 << 6
    SIGN_ECDSA = 1 << 7
    SIGN_EDDSA = 1 << 8
    EXPORT_WRAPPED = 1 << 12
    IMPORT_WRAPPED = 1 << 13
    PUT_WRAP_KEY = 1 << 14
    EXPORTABLE_UNDER_WRAP = 1 << 16
    SET_OPTION = 1 << 17
    GET_OPTION = 1 << 18
    GET_PSEUDO_RANDOM = 1 << 19
    GET_LOG_ENTRIES = 1 << 24
    RESET_DEVICE = 1 << 28
    SIGN_ATTESTATION_CERTIFICATE = 1 << 34
    DELETE_OPAQUE = 1 << 39
    DELETE_AUTHENTICATION_KEY = 1 << 40
    DELETE_ASYMMETRIC_KEY = 1 << 41
    DELETE_WRAP_KEY = 1 << 42


ALL_CAPABILITIES = (1 << 64) - 1
ALL_DOMAINS = 0xFFFF


class Refused(Exception):
    """The device answers with an error."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


def command_of(number: int) -> Command:
    """Return the command of a number (Refused)."""
    try:
        return Command(number)
    except ValueError:
        raise Refused(Status.INVALID_COMMAND) from None
