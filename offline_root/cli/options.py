"""What the verbs of the command line have in common: where HOME is, who is present, where things go."""

import argparse
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from offline_root.cli.outcome import Outcome, UsageError
from offline_root.display import visible
from offline_root.home import DEFAULT

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Verbs = _SubParsersAction[argparse.ArgumentParser]

HOME_VARIABLE = "OFFLINE_ROOT_HOME"

Run = Callable[[argparse.Namespace], Outcome]


class Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong, in one sentence that is safe to show."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong (UsageError)."""
        raise UsageError(f"{self.prog}: {visible(message)}", f"`{self.prog} --help` shows how it is used.")


def common(parser: argparse.ArgumentParser, default: Callable[[Any], Any]) -> None:
    """Add the options that stand before and after the verb."""
    home = os.environ.get(HOME_VARIABLE) or str(DEFAULT)
    shown = f"folder of all authorities (default: ${HOME_VARIABLE}, else {DEFAULT})"
    parser.add_argument("--home", metavar="DIR", default=default(home), help=shown)
    parser.add_argument(
        "--authority", metavar="NAME", default=default(None), help="which authority; may be left out if there is one"
    )
    parser.add_argument("--json", action="store_const", const=True, default=default(None), help="print one JSON object")


def verb(
    verbs: "Verbs", name: str, run: Run, text: str, skeleton: Mapping[str, Any] | None = None
) -> argparse.ArgumentParser:
    """Add a verb; `skeleton` is what its JSON object has even where it fails."""
    parser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    common(parser, default=lambda _: argparse.SUPPRESS)
    parser.set_defaults(run=run, skeleton=skeleton or {})
    return parser


def group(verbs: "Verbs", name: str, text: str) -> "Verbs":
    """Add a word that several verbs follow."""
    parser = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    return parser.add_subparsers(required=True, metavar="WHAT")


def count(text: str) -> int:
    """Return a number of lines (ArgumentTypeError)."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of lines")
    return int(text)


def ceremony_options(parser: argparse.ArgumentParser) -> None:
    """Add what a verb takes that is one whole ceremony."""
    group = parser.add_argument_group("ceremony", "What is left out is asked at the keyboard.")
    group.add_argument("--operator", required=True, metavar="NAME", help="who drives")
    group.add_argument(
        "--witness", action="append", default=[], metavar="NAME", help="who holds the paper; may be repeated"
    )
    group.add_argument("--clock", metavar="UTC", help="the time that a second person typed")
    group.add_argument("--head", metavar="SIZE:HEX16", help="the closing sheet of the last ceremony")
    group.add_argument(
        "--accept-tail", type=count, default=0, metavar="N", help="unsigned lines of the log that were looked at"
    )
    group.add_argument(
        "--statement", action="append", default=[], metavar="TEXT", help="[NAME:] words; without any, each agrees"
    )
    group.add_argument(
        "--because", default="", metavar="TEXT", help="explains a clock, closing sheet or seal that is not as on record"
    )
    group.add_argument(
        "--seal",
        action="append",
        default=[],
        metavar="KIND=NUMBER[@PLACE]",
        help="a seal as found, before it is opened",
    )
    group.add_argument(
        "--sealed", action="append", default=[], metavar="KIND=NUMBER[@PLACE]", help="a seal as put on, at the end"
    )
    group.add_argument("--pin-file", metavar="FILE", help="holds the PIN; `-` is standard input")
    shown = "holds the card of one custodian: of the PIN where it is in shares, of the backup for `restore`; repeated"
    group.add_argument("--share-file", action="append", default=[], metavar="FILE", help=shown)


def out(parser: argparse.ArgumentParser, text: str = "where the response goes; made when missing") -> None:
    """Add where a verb writes to."""
    parser.add_argument("--out", required=True, metavar="DIR", help=text)
