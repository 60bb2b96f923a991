"""The set-up of a FAKE device: what it has to have before it ends, what it leaves, and what is refused afterwards."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from offline_root import wire
from offline_root.audit.file import LogFile
from offline_root.backup import Drawn, Kept, Write
from offline_root.creation import Created, create
from offline_root.errors import CeremonyError, TokenError, VolumeError
from offline_root.home import Home
from offline_root.response.files import pem
from offline_root.shares import Splitting
from offline_root.token_facts import KeyFacts
from tests.fakes.token import FakeTokens
from tests.offline_root.station.rooms import BACKED, NOW, PINS, POLICY, Room, SetClock, creation_of, fake_room

LEFT = ("asymmetric key 0001", "authentication key 0042")


@dataclass
class Bench:
    """What an authority is made of."""

    base: Path
    tokens: FakeTokens
    handed: list[Splitting] = field(default_factory=list)

    def hand_out(self, out: str, drawn: Drawn, write: Write) -> Kept:
        self.handed.append(drawn.splitting)
        return write(drawn.splitting.shares, wire.WiredFolder(self.base / out))

    def create(self, text: str, *, out: str = "") -> tuple[Created, Room]:
        home, clock = Home(self.base / "home"), SetClock()
        keeping = partial(self.hand_out, out) if out else None
        creation = replace(creation_of("root", text, clock.now()), keeping=keeping)
        drawn = wire.SystemRandomness()
        with home.creating("root") as place:
            with LogFile.create(place.audit) as log:
                made = create(creation, PINS, log=log, tokens=self.tokens, clock=clock, randomness=drawn)
            place.publish({"policy.toml": text.encode(), "root-ca.pem": pem(made.root)})
        return made, Room(home, home.choose("root"), made.closing.head, self.tokens, clock)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, FakeTokens(left=LEFT))


def test_the_backup_is_made_before_the_set_up_ends_and_never_after(bench: Bench, tmp_path: Path) -> None:
    made, room = bench.create(BACKED, out="vault")
    assert made.kept
    assert made.kept.path.is_relative_to(tmp_path / "vault")
    assert len(bench.handed) == 1
    assert room.events()[-4:] == ["shares-made", "key-backed-up", "set-up-ended", "ceremony-closed"]
    with room.station() as station:
        assert station.state.set_up_ended
        told = next(each.facts for each in station.entries if each.event == "set-up-ended")
        assert told["left"] == LEFT
        with pytest.raises(CeremonyError, match="can export nothing"):
            station.check_backup()
        with pytest.raises(CeremonyError, match="can delete no key") as caught:
            station.open(room.opening("destroy"))
        assert "reset the device" in caught.value.mend
        station.open(room.opening("note"))


def test_a_backup_that_could_never_be_made_later_is_missed_before_anything_is_made(bench: Bench) -> None:
    with pytest.raises(CeremonyError, match="The backup has to be made now"):
        bench.create(BACKED)
    with pytest.raises(CeremonyError, match="a place for a backup, but the policy has none"):
        bench.create(POLICY, out="vault")
    assert bench.tokens.calls == []


@pytest.mark.parametrize("left", [LEFT, ()])
def test_whatever_goes_wrong_in_the_middle_says_that_a_device_is_half_set_up(
    tmp_path: Path, left: tuple[str, ...]
) -> None:
    class Left(Bench):
        def hand_out(self, out: str, drawn: Drawn, write: Write) -> Kept:
            raise VolumeError("The stick is full.", meaning="It does not count.", mend="Take another.", retry=True)

    bench = Left(tmp_path, FakeTokens(left=left))
    with pytest.raises(VolumeError) as caught:
        bench.create(BACKED, out="vault")
    told = ("half set up" in caught.value.meaning, "reset the device" in caught.value.mend, caught.value.retry)
    assert told == (bool(left), bool(left), not left)
    assert caught.value.meaning.startswith("It does not count.")
    assert bench.tokens.calls[-1] == "close"


def test_a_token_without_a_set_up_can_be_backed_up_at_create_too_or_later(tmp_path: Path) -> None:
    plain = Bench(tmp_path, FakeTokens())
    made, room = plain.create(BACKED, out="vault")
    assert made.kept
    with room.ceremony("backup") as station:
        drawn = station.draw_backup()
        station.keep_backup(drawn, drawn.splitting.shares, wire.WiredFolder(tmp_path / "another"))
        assert not station.state.set_up_ended
        room.close(station)


def certificate_of(key: KeyFacts) -> bytes:
    """Return a certificate of this key, as a device would make it."""
    device = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FAKE attestation")])
    spki = load_der_public_key(key.public_key)
    assert isinstance(spki, ec.EllipticCurvePublicKey)
    made = x509.CertificateBuilder(name, name, spki, 1, NOW, NOW + timedelta(days=1))
    return made.sign(device, SHA256()).public_bytes(Encoding.DER)


def test_what_the_device_says_of_the_key_is_in_the_log(tmp_path: Path) -> None:
    def attested(key: KeyFacts) -> tuple[bytes, ...]:
        return certificate_of(key), b"the device's own"

    room = fake_room(tmp_path / "home", tokens=FakeTokens(attested=attested))
    with room.station() as station:
        (told,) = (each.facts for each in station.entries if each.event == "key-attested")
    assert told["device"] == "dGhlIGRldmljZSdzIG93bg=="
    assert told["role"] == "root"


def test_a_device_that_attests_another_key_makes_no_authority(tmp_path: Path) -> None:
    other = FakeTokens()
    fake_room(tmp_path / "other", tokens=other)
    wrong = certificate_of(other.keys["root"]["root"])
    with pytest.raises(TokenError, match="attests another key"):
        fake_room(tmp_path / "home", tokens=FakeTokens(attested=lambda _: (wrong, wrong)))
