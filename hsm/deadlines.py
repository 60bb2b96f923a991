"""How long each call to a module may take."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DEADLINES: Mapping[str, float] = MappingProxyType(
    {
        "initialize": 120.0,
        "attach": 60.0,
        "login": 60.0,
        "logout": 30.0,
        "generate": 600.0,
        "find": 60.0,
        "keys": 60.0,
        "strangers": 60.0,
        "remove": 60.0,
        "sign": 120.0,
        "records": 60.0,
        "record": 60.0,
        "wrap": 60.0,
        "unwrap": 60.0,
        "destroy": 60.0,
        "change_pin": 60.0,
        "begin_set_up": 60.0,
        "end_set_up": 60.0,
        "attest": 60.0,
        "log": 60.0,
        "drained": 60.0,
        "close": 10.0,
    }
)
"""How long each call to the module may take (seconds). RSA-4096 takes a minute on small hardware."""
