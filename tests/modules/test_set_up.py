"""The set-up of these tests: what is fetched is what was locked, and the table says what was seen."""

import hashlib
from pathlib import Path

import pytest

from tests.modules.fetch import LOCK, NotFetched, Package, checked, locked, unpacked
from tests.modules.table import table


def test_the_lock_names_packages_with_their_hashes() -> None:
    packages = locked(LOCK.read_text())
    assert [package.name for package in packages] == ["yubihsm-pkcs11", "libyubihsm2", "libyubihsm-http2"]
    assert all(len(bytes.fromhex(package.sha256)) == 32 for package in packages)


def test_only_the_locked_package_is_taken(tmp_path: Path) -> None:
    content = b"a package"
    package = Package("name", "1.0-1", "amd64", hashlib.sha256(content).hexdigest())
    file = tmp_path / "name_1.0-1_amd64.deb"
    with pytest.raises(NotFetched, match=r"^name 1.0-1 is not the package that debian.lock names$"):
        checked(package, tmp_path)
    file.write_bytes(content)
    assert checked(package, tmp_path) == file
    file.write_bytes(content + b"!")
    with pytest.raises(NotFetched):
        checked(package, tmp_path)


def test_it_is_unpacked_once() -> None:
    folder = unpacked()
    before = folder.stat().st_ctime_ns
    assert unpacked() == folder
    assert folder.stat().st_ctime_ns == before


def test_the_table() -> None:
    rows = [("one", "sings", "yes"), ("one", "dances", "no: tired"), ("two", "sings", "yes")]
    assert list(table(rows)) == [
        "what the modules support  one        two",
        "sings                     yes        yes",
        "dances                    no: tired",
    ]
    assert list(table([])) == []
