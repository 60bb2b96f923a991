"""A whole ceremony on the image by its serial line: OpenBao's requests, a power cut, the answer, OpenBao again."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offline_root.anchor import read_anchor
from offline_root.model import SigningRequest
from offline_root.moments import utc_text
from offline_root.policy.presets import preset_text
from offline_root.request.reader import read_request
from offline_root.response.verify import verify_response
from tests.e2e.chains import cryptography_refuses, openssl_refuses
from tests.e2e.openbao import OpenBao, serving
from tests.guest.sticks import fat, put, read
from tests.image.machine import Booted, Probed
from tests.image.test_media import ISO, ON_SERIAL, USB, start
from tests.tui.terminal import DOWN, ENTER, UP, Terminal

pytestmark = pytest.mark.image
ENVIRONMENTS = ("test", "prod")
PASSPHRASE, PIN, CODE = "sixteen grey herons", "7391 blue heron 5527", "blue 7"
HALF = re.compile(r"((?:[0-9a-f]{4} ){7}[0-9a-f]{4})")
UNSIGNED = re.compile("([0-9]+) lines of the log are not signed yet")
HEAD = re.compile(r"([0-9]+:[0-9a-f]{16})")


def now() -> str:
    return utc_text(datetime.now(UTC))


def asked(person: Terminal, question: str, *answers: str) -> None:
    """Wait for a question as the last thing on the terminal, and answer it."""
    person.waits(lambda: "".join(person.text.split()).endswith("".join(question.split())), question)
    person.type(*answers)


def number(person: Terminal, serial: str) -> str:
    """Return the number before what has this serial number."""
    found = re.findall(rf"^ +([0-9]+)  .*serial {serial},", person.text, re.MULTILINE)
    return str(found[-1])


def finds(person: Terminal, before: str, after: str, serial: str) -> None:
    """Press Enter until a stick is listed: the kernel takes a while to look at it."""
    asked(person, before, "")
    asked(person, after)
    while f"serial {serial}," not in person.text:
        person.type("")
        asked(person, before, "")
        asked(person, after)


def makes_state_disk(person: Terminal) -> None:
    """Make the state disk."""
    finds(person, "then press Enter.", ">", "STATE")
    person.type(f"new {number(person, 'STATE')}")
    asked(person, "Type ERASE:", "ERASE")
    asked(person, "12 characters or more:", PASSPHRASE)
    asked(person, "Once more:", PASSPHRASE)


def creates(person: Terminal) -> str:
    """Create the authority by the policy on the stick, on screen; return the head for the closing sheet."""
    person.comes_home("THERE IS NO AUTHORITY HERE")
    person.press("c")
    person.sees("Stick", "policy.toml", "serial POLICY")
    person.press(ENTER)
    person.sees("Policy", "ALL OF IT")
    person.press(ENTER)
    person.sees("Opening")
    person.type("Olga Operator", now())
    person.sees("Card", "SO PIN")
    person.press(ENTER)
    person.sees("Card", "write it down")
    person.press("w")
    person.sees("New PIN")
    person.type(PIN, PIN)
    person.sees("Stick", "STICK FOR THE ANCHOR", "serial POLICY")
    person.press(ENTER)
    root, _, audit, _ = HALF.findall(person.sees("Anchor", "THE ANCHOR"))
    person.press("w")
    person.sees("Compare")
    person.type(root, audit)
    head = HEAD.findall(person.sees("Closing sheet", "CREATED"))[-1]
    person.press("w")
    return str(head)


def opens_disk(machine: Booted, state: Path) -> Terminal:
    """Open the state disk after another start; return who sits there."""
    person = machine.terminal()
    machine.plug("state", state, serial="STATE")
    finds(person, "then press Enter.", ">", "STATE")
    person.type(f"open {number(person, 'STATE')}")
    asked(person, "Its passphrase:", PASSPHRASE)
    return person


def opens(person: Terminal, head: str) -> None:
    """Open a ceremony and the token; lines that nobody has signed are accepted."""
    person.press(ENTER)
    seen = person.sees("Opening")
    person.type("Olga Operator", now(), head)
    if "not signed yet" in seen:
        person.type("")
        person.waits(lambda: bool(UNSIGNED.search(person.text)), "how many lines they are")
        person.type(UNSIGNED.findall(person.text)[0])
    person.sees("Token")
    person.type(PIN)
    person.sees("Lock code")
    person.type(CODE, CODE)
    person.sees("Stick", "INSERT THE STICK WITH THE REQUESTS")


def approves(person: Terminal, environment: str, request: Path) -> None:
    """Compare a request with its paper slip, read the review to its end, and approve."""
    found = read_request(request.name, request.read_bytes())
    assert isinstance(found, SigningRequest)
    person.press(ENTER)
    person.sees("Paper slip")
    person.type(environment, found.fingerprint[:32])
    person.sees("Review")
    while "A approve" not in person.rows[-1]:
        before = person.text
        person.press(" ")
        person.waits(lambda before=before: person.text != before, "the next page")  # type: ignore[misc]
    person.press("a")


def delivers(machine: Booted, person: Terminal, response: Path) -> str:
    """State, write the response onto a fresh stick, and switch off; return the head of the closing sheet."""
    person.press("d")
    person.sees("Statements")
    person.press(ENTER)
    person.sees("Stick", "FRESH STICK")
    with machine.plugged(response, "response"):
        person.sees("Stick", "serial RESPONSE")
        person.press(ENTER)
        sheet = person.sees("Closing sheet", "THE RESPONSE")
    person.press("w")
    person.sees("Home")
    person.press("q")
    assert machine.ended(person) == 0
    return str(HEAD.findall(sheet)[-1])


@pytest.fixture
def bao(tmp_path: Path) -> Iterator[OpenBao]:
    """Yield OpenBao with a mount for each environment."""
    folder = tmp_path / "online"
    folder.mkdir()
    with serving(folder) as running:
        for environment in ENVIRONMENTS:
            running.enable(f"pki-{environment}")
        yield running


def begins(policy: Path, state: Path, stick: Path, request: Path) -> str:
    """Create the authority, and cut the power between the intent and the signature; return the first closing sheet."""
    with Probed() as machine:
        person = machine.terminal()
        machine.plug("state", state, serial="STATE")
        with machine.plugged(policy, "policy"):
            makes_state_disk(person)
            head = creates(person)
        person.sees("Home", "valid until")
        opens(person, head)
        machine.plug("requests", stick, serial="REQUESTS")  # it stays in: nothing may come before the cut
        person.sees("Stick", "serial REQUESTS")
        person.press(ENTER)
        person.sees("Requests", "test.csr")
        person.press(DOWN)  # below prod.csr
        approves(person, "test", request)
        while (events := machine.ask("events"))[-1] != "signing-started":
            assert events.count("certificate-issued") == 1  # the root's own
        return head


def finishes(machine: Booted, state: Path, stick: Path, response: Path, head: str, requests: dict[str, Path]) -> str:
    """Finish what was begun, sign the other request too, and deliver; return the closing sheet."""
    person = opens_disk(machine, state)
    person.comes_home("UNFINISHED")
    opens(person, head)
    with machine.plugged(stick, "requests"):
        person.sees("Stick", "serial REQUESTS")
        person.press(ENTER)
        for issued, (each, key) in enumerate((("test", DOWN), ("prod", UP)), 1):
            person.sees("Requests", f"{each}.csr")
            person.press(key)
            approves(person, each, requests[each])
            person.waits(lambda issued=issued: person.text.count("ISSUED") == issued, each)  # type: ignore[misc]
    return delivers(machine, person, response)


def imports(bao: OpenBao, folder: Path) -> None:
    """Import what was delivered, have leaves issued, and verify them."""
    for each in ENVIRONMENTS:
        bao.import_chain(f"pki-{each}", folder / f"{each}-ca-chain.pem")
        name = f"www.{each}.example.org"
        leaf = bao.leaf(f"pki-{each}", f"{each}.example.org", name)
        chain = (leaf, folder / f"{each}-ca.pem", folder / "root-ca.pem")
        assert openssl_refuses(*chain) == ""
        assert cryptography_refuses(*chain, name) == ""


def test_a_ceremony_that_lost_its_power_in_the_middle_of_signing(tmp_path: Path, bao: OpenBao) -> None:
    state = tmp_path / "state"
    state.write_bytes(bytes(64 << 20))
    policy = put(fat(tmp_path / "policy", label="POLICY"), "policy.toml", preset_text("solo", "Example").encode())
    stick, response = fat(tmp_path / "requests", label="REQUESTS"), fat(tmp_path / "response", label="RESPONSE")
    requests = {}
    for each in ENVIRONMENTS:
        name = f"Example Intermediate CA ({each})"
        requests[each] = bao.request(f"pki-{each}", f"{each}.csr", common_name=name)
        put(stick, f"{each}.csr", requests[each].read_bytes())

    head = begins(policy, state, stick, requests["test"])
    with Booted() as machine:
        start(machine, tmp_path, ISO, USB, "-smbios", ON_SERIAL)
        head = finishes(machine, state, stick, response, head, requests)

    (handed_out,) = (
        data for name, data in read(policy, tmp_path / "read-policy").items() if name.endswith("/anchor.json")
    )
    anchor = read_anchor(handed_out)
    delivered = read(response, tmp_path / "read-response")
    (complete,) = [name for name in delivered if name.endswith("/COMPLETE")]
    folder = complete.removesuffix("COMPLETE")
    files = {name.removeprefix(folder): data for name, data in delivered.items() if name.startswith(folder)}
    assert verify_response(files, anchor).findings == ()
    imports(bao, tmp_path / "read-response" / folder)

    with Booted() as machine:
        machine.start_kernel()
        person = opens_disk(machine, state)
        person.comes_home()
        opens(person, head)
