"""No bare foreign string reaches a widget: what the types cannot say about tui/, said by looking at the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TUI = Path(__file__).parents[2] / "tui"
GATE, WIDGETS = "safe_text.py", "widgets.py"
MAKERS = {"Content", "Text", "Markdown"}
"""What turns a string into something that is drawn."""
DRAWERS = {"Segment", "Segments", "Strip"}
"""What is drawn as it is, whatever is in it."""
TITLES = {"tooltip", "placeholder", "border_title", "border_subtitle", "title", "sub_title", "name", "label"}
"""Arguments and attributes that Textual reads as markup, or that reach the terminal by another way."""


def found(source: str, name: str) -> list[str]:
    """Return what is wrong with a file of tui/ called `name`."""
    tree = ast.parse(source)
    return sorted(f"{name}:{line}: {what}" for line, what in _found(tree, name, _constants(tree)))


def _constants(tree: ast.Module) -> set[str]:
    """Return the names that the module sets once, to a string constant."""
    names = [
        (each.id, node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        for each in ast.walk(target)
        if isinstance(each, ast.Name)
    ]
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    once = {name for name, value in names if _constant(value, set()) and stored.count(name) == 1}
    return once - arguments


def _constant(node: ast.expr, names: set[str]) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _constant(left, names) and _constant(right, names)
        case ast.Name(id=name):
            return name in names
        case _:
            return False


def _found(tree: ast.Module, file: str, names: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, what) for what in _import(node, file))
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _call(node, file, names))
        elif isinstance(node, ast.Assign):
            attributes = [each.attr for each in node.targets if isinstance(each, ast.Attribute)]
            if TITLES.intersection(attributes) and not _constant(node.value, names):
                yield node.lineno, f"sets {attributes[0]} to what is no constant"


def _import(node: ast.Import | ast.ImportFrom, file: str) -> Iterator[str]:
    imported = {each.name for each in node.names}
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    if module.startswith("textual.widgets") and file != WIDGETS:
        yield f"imports {module}"
    if module == "textual" and "widgets" in imported:
        yield "imports textual.widgets"
    if not module and any(each.startswith(("textual", "rich")) for each in imported):
        yield "imports a whole library"
    if any(each.asname for each in node.names if each.name in {*MAKERS, *DRAWERS, "literal"}):
        yield "gives a maker of text another name"


def _call(node: ast.Call, file: str, names: set[str]) -> Iterator[str]:
    name = _name(node.func)
    owner = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if file != GATE and (name in MAKERS or owner in MAKERS):
        yield f"makes text with {name}"
    if file not in (GATE, WIDGETS) and name in DRAWERS:
        yield f"draws with {name}"
    if name in {"from_markup", "notify"}:
        yield f"calls {name}"
    if name == "literal" and file != GATE:
        arguments = [*node.args, *(each.value for each in node.keywords)]
        if not arguments or not all(_constant(each, names) for each in arguments):
            yield "literal of what is no constant"
    for keyword in node.keywords:
        if keyword.arg in TITLES and not _constant(keyword.value, names):
            yield f"gives {keyword.arg} what is no constant"
        if keyword.arg == "markup" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield "allows markup"
        if keyword.arg is None and name != "super":
            yield "hides arguments in **"


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _name(function)
        case _:
            return ""


@pytest.mark.parametrize("path", sorted(TUI.rglob("*.py")), ids=lambda path: path.relative_to(TUI).as_posix())
def test_no_bare_string_reaches_a_widget(path: Path) -> None:
    assert found(path.read_text(), path.name) == []


@pytest.mark.parametrize(
    "bad",
    [
        "from textual.widgets import Label",
        "from textual.widgets.option_list import Option",
        "from textual import widgets",
        "import textual.widgets",
        "import rich",
        "from textual.content import Content as C",
        "Content(subject)",
        "Content.from_markup(subject)",
        "Content.styled(subject)",
        "Content('').join(parts)",
        "Text(subject)",
        "Text.from_markup(subject)",
        "rich.text.Text(subject)",
        "Markdown(subject)",
        "Segment(subject)",
        "literal(subject)",
        "literal(f'{subject}')",
        "literal('a ' + subject)",
        "literal('a %s' % subject)",
        "literal('a {}'.format(subject))",
        "literal(str(1))",
        "literal('a', style)",
        "literal(text=subject)",
        "literal()",
        "NAME = 'a'\nNAME = subject\nliteral(NAME)",
        "NAME = subject\nliteral(NAME)",
        "def f(NAME): literal(NAME)",
        "NAME = 'a'\ndef f(NAME): literal(NAME)",
        "for NAME in names: literal(NAME)",
        "[literal(each) for each in ('a', 'b')]",
        "self.notify('done')",
        "app.notify(subject)",
        "self.border_title = subject",
        "self.tooltip = f'{subject}'",
        "self.app.title = subject",
        "Input(placeholder=subject)",
        "Button(label=subject)",
        "Static(content, markup=True)",
        "Static(content, markup=flag)",
        "Static(content, **options)",
    ],
)
def test_the_lint_sees(bad: str) -> None:
    assert found(bad, "review.py") != []


@pytest.mark.parametrize(
    "good",
    [
        "literal('a')",
        "literal('a', 'bold')",
        "literal('a ' 'b')",
        "literal('a ' + 'b')",
        "NAME = 'a'\nliteral(NAME)",
        "safe(subject)",
        "Static(content, markup=False)",
        "self.border_title = 'Fixed'",
        "from textual.content import Content",
    ],
)
def test_the_lint_lets_pass(good: str) -> None:
    assert found(good, "review.py") == []


def test_only_the_gate_may_make_text() -> None:
    assert found("Content(subject)", GATE) == []
    assert found("from textual.widgets import Static", WIDGETS) == []
    assert found("from textual.widgets import Static", GATE) != []
