"""What people see before the screens: the state disk is opened or made.

Runs as the program's user, on its terminal, in the image only. Rights are the helper's: it is asked in words.
"""

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

import usb_transfer
from offline_root.display import visible

HOME = Path("/var/lib/offline-root")
_PROGRAM = ("python3", "-P", "-s", "-B", "-m", "offline_root")
_SECONDS = 300.0
"""How long the helper may take to make a state disk."""


class NotDone(Exception):
    """A step was not done, and why; people may try again."""


def main() -> None:
    """Open the state disk, and become the program."""
    print("\n*** OFFLINE ROOT ***\n")
    while not is_kept(Path("/proc/self/mounts").read_text()):
        attempted(keyboards)
        if attempted(state_disk) == "memory":
            print("EVERYTHING IS IN MEMORY: it is gone when this machine goes off.\n")
            break
    os.execvp(_PROGRAM[0], _PROGRAM)  # noqa: S606 (it takes no shell)


def attempted(step: Callable[[], str]) -> str:
    """Do a step; say why, where it is not done."""
    try:
        return step()
    except (NotDone, usb_transfer.VolumeError, EOFError) as error:
        print(f"\nNOT DONE: {visible(str(error))}\n")
        return ""


def is_kept(mounts: str) -> bool:
    """Say whether HOME lies on a state disk, by /proc/self/mounts."""
    lines = (line.split(" ") for line in mounts.splitlines())
    return [kind for _, at, kind, *_ in lines if at == str(HOME)][-1:] == ["ext4"]


def keyboards() -> str:
    """Ask about each keyboard besides the first one (NotDone)."""
    for each in usb_transfer.barred():
        if each.asks:
            print(f"{visible(each.said)} {each.reason}. A stick can say that, and type what nobody has typed.")
            if input("Type USE to use both; Enter leaves it off: ") == "USE" and not usb_transfer.admit(each):
                raise NotDone("it is not the one that was plugged in")
    return "asked"


def state_disk() -> str:
    """Open or make the state disk that people choose, or go on without (NotDone)."""
    print(
        "THE STATE DISK keeps everything that this machine knows: a stick or a USB disk that is used for nothing else."
    )
    input("Put it in, then press Enter. ")
    found = listed()
    print("  open N: open number N    new N: make number N one, which ERASES it    memory: go on without")
    match input("> ").split():
        case ["open", number]:
            ask_helper(f"state-open {named(found, number)}", getpass.getpass("Its passphrase: "))
        case ["new", number]:
            name = named(found, number)
            if input(f"Everything on number {number} will be lost. Type ERASE: ") != "ERASE":
                raise NotDone("nothing was erased")
            ask_helper(f"state-make {name}", new_passphrase())
        case ["memory"]:
            return "memory"
        case _:
            raise NotDone("type open, new or memory, and the number of a disk")
    print("The state disk is open.\n")
    return "open"


def new_passphrase() -> str:
    """Return a passphrase that was typed twice (NotDone)."""
    typed = getpass.getpass("A new passphrase for it, of 12 characters or more: ")
    if len(typed) < 12:
        raise NotDone("that is too short")
    if getpass.getpass("Once more: ") != typed:
        raise NotDone("the two are not the same")
    return typed


def listed() -> tuple[usb_transfer.Stick, ...]:
    """Print what is plugged in, by number, and return it."""
    found = usb_transfer.Devices(usb_transfer.taken_by_machine()).sticks
    for number, each in enumerate(found, 1):
        said = visible(f"{each.model}, serial {each.serial or 'unknown'}, {each.label}")
        print(f"  {number}  {said}, {each.size / 1e6:.0f} MB {each.refusal}")
    if not found:
        print("  There is no stick and no disk.")
    for refused in usb_transfer.barred():
        print(f"  NOT USED  {visible(refused.said)} {visible(refused.reason)}")
    return found


def named(found: tuple[usb_transfer.Stick, ...], number: str) -> str:
    """Return the kernel's name of the disk with this number (NotDone)."""
    return Path(chosen(found, number).node).name


def chosen(found: tuple[usb_transfer.Stick, ...], number: str) -> usb_transfer.Stick:
    """Return the stick with this number (NotDone)."""
    if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= len(found)):
        raise NotDone("there is no such number")
    return found[int(number) - 1]


def ask_helper(question: str, secret: str) -> None:
    """Ask the process with rights (NotDone)."""
    if why := usb_transfer.ask(question, secret, _SECONDS):
        raise NotDone(why)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(1)
