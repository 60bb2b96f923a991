"""A simulated device behind its connector, and a host with a session."""

from collections.abc import Iterator

import pytest

from tests.yubihsm.bench import Bench
from tests.yubihsm.connector import connected
from tests.yubihsm.device import Device
from tests.yubihsm.host import Host


@pytest.fixture
def bench() -> Iterator[Bench]:
    device = Device()
    with connected(device) as url:
        yield Bench(device, url)


@pytest.fixture
def host(bench: Bench) -> Host:
    return Host(bench.url)
