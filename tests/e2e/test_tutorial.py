"""Follows the tutorial: types its commands, writes its files, and compares what its pages show.

With `--golden`, what a command prints replaces what a page shows; shorten it by hand, with lines `[...]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documentation.pages import Block, read_page
from polling import wait_until
from screen import PATIENCE
from session import COLUMNS, Step

from domovoi_tf.terraform.installation import Binary

from .terminals import AttachedTerminal, OpenTerminal, open_terminals
from .tutorial_pages import (
    Typed,
    apply_patch,
    find_lines,
    is_same,
    normalize,
    read_console,
)

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]
ROOT = Path(__file__).parents[2]
PAGES = [f"docs/tutorial/{name}.md" for name in ("project", "dev", "test", "production", "ci")]
EXAMPLE = ROOT / "examples" / "tutorial"
#: A command that does not end: it has a terminal of its own.
DEV = "domovoi-tf dev"
#: The output of these changes while the emulator works.
AWAITED = ("domovoi-tf logs", "domovoi-tf executions", "domovoi-tf events list", "domovoi-tf local logs")
KEYS = {"Enter": "\r", "q": "q"}


class Reader:
    """Does what the pages say, in two terminals and an editor.

    Args:
        home: the home of the reader.
        open_terminal: opens a terminal.
        rewrite: takes a block, a command and its output if the page shows another output, if given.
    """

    def __init__(
        self, home: Path, open_terminal: OpenTerminal, rewrite: Callable[[Block, Typed, list[str]], None]
    ) -> None:
        self._home, self._project = str(home), home / "shop"
        self._terminal = open_terminal()
        self._open_terminal, self._rewrite = open_terminal, rewrite
        self._dev: DevTerminal | None = None

    def follow(self, block: Block) -> None:
        """Does what a block says, and compares what it shows."""
        if "file" in block.notes:
            self._write(self._project / block.notes["file"], block)
        elif "part" in block.notes:
            text = (self._project / block.notes["part"]).read_text(encoding="utf-8")
            is_part = find_lines(block.text.splitlines(), text.splitlines()) is not None
            assert is_part, f"{block}: the file is\n{text}"
        elif "terminal" in block.notes:
            self._use_dev(block)
        else:
            assert block.language == "console", f"{block}: the test cannot type this block"
            self._type_commands(block)

    def finish(self) -> None:
        """Ends `dev` at the end of the page that has started it."""
        if self._dev:
            self._dev.finish()
            self._dev = None

    def _write(self, path: Path, block: Block) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = block.text
        if block.language == "diff":
            text = apply_patch(text, path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")

    def _type_commands(self, block: Block) -> None:
        shown, commands = read_console(block.text)
        assert not shown, f"{block}: no command prints these lines"
        code = int(block.notes.get("exit", "0"))
        for typed in commands:
            self._type(block, typed, code if typed is commands[-1] else 0)

    def _use_dev(self, block: Block) -> None:
        shown, commands = read_console(block.text)
        if commands:
            terminal = self._open_terminal()
            *others, last = commands
            for typed in others:
                terminal.run(Step("", typed.command))
            assert last.command == DEV, str(block)
            self._dev = DevTerminal(terminal, self._home)
            shown = last.output
        assert self._dev
        if "press" in block.notes:
            self._dev.press(KEYS[block.notes["press"]])
        for lines in [[line] for line in shown] if "order" in block.notes else [shown]:
            self._dev.await_lines(str(block), lines, is_in_order="order" not in block.notes)

    def _type(self, block: Block, typed: Typed, code: int) -> None:
        step = Step("", typed.command, answers=typed.answers, code=code)
        lines: list[str] = []

        def is_shown() -> bool:
            screen = drop_command(self._terminal.run(step), typed.command)
            lines[:] = [line.replace(self._home, "~") for line in screen]
            return not typed.output or is_same(typed.output, lines)

        has_arrived = wait_until(is_shown, PATIENCE if typed.command.startswith(AWAITED) else 0)
        if not has_arrived:
            self._rewrite(block, typed, lines)


class DevTerminal:
    """The terminal in which `domovoi-tf dev` runs.

    Args:
        terminal: a terminal in the folder of the project.
        home: the folder that the page shows as ``~``.
    """

    def __init__(self, terminal: AttachedTerminal, home: str) -> None:
        self._terminal, self._home = terminal, home
        self._lines_read = 0
        terminal.press(f"{DEV}\n")

    def press(self, key: str) -> None:
        """Presses a key."""
        self._terminal.press(key)

    def finish(self) -> None:
        """Ends `dev`, and waits for the prompt."""
        self.press(KEYS["q"])
        self.await_lines("`q`", ["$"], is_in_order=True)

    def await_lines(self, place: str, shown: list[str], is_in_order: bool) -> None:
        """Waits until the terminal has lines that a page shows, below those of the last call.

        Args:
            place: the place in the page, for a message.
            shown: the lines.
            is_in_order: whether what the page shows next is below these lines.
        """
        lines: list[str] = []

        def has_arrived() -> bool:
            lines[:] = [line.replace(self._home, "~") for line in self._terminal.read_screen()]
            return bool(find_lines(shown, lines[self._lines_read :]))

        arrived = wait_until(has_arrived, PATIENCE)
        assert arrived, "\n".join([f"{place} shows:", *shown, "", "dev printed:", *lines[self._lines_read :]])
        match = find_lines(shown, lines[self._lines_read :])
        assert match
        if is_in_order:
            self._lines_read += match.string.count("\n", 0, match.end())


def drop_command(lines: list[str], command: str) -> list[str]:
    """Returns the lines of a screen without the command, which the terminal may have broken."""
    lines = lines[1 + (len(command) + 1) // COLUMNS :]
    return lines[:-1] if lines and not lines[-1] else lines


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the reader; paths in it are short enough for a line of the terminal."""
    folder = tmp_path_factory.mktemp("t")
    (folder / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n", encoding="utf-8")
    return folder


@pytest.fixture
def open_terminal(
    home: Path, terraform_binary: Binary, terraform_environment: dict[str, str]
) -> Iterator[OpenTerminal]:
    with open_terminals(home, terraform_binary, terraform_environment, COLUMNS) as opened:
        yield opened


def report(block: Block, typed: Typed, lines: list[str]) -> None:
    shown = "\n".join(typed.output)
    pytest.fail(f"{block}: `{typed.command}` printed:\n" + "\n".join(lines) + f"\n\nnot:\n{shown}")


def rewrite(block: Block, typed: Typed, lines: list[str]) -> None:
    """Replaces in a page what a command prints."""
    page = ROOT / block.page
    text = page.read_text(encoding="utf-8")
    before = "\n".join([f"$ {typed.command}", *typed.output])
    assert before in text
    page.write_text(text.replace(before, "\n".join([f"$ {typed.command}", *lines]), 1), encoding="utf-8")


def list_files(folder: Path) -> dict[str, str]:
    """Returns the text of each file that a reader writes, without what differs between runs."""
    names = ("app.py", ".chalice/config.json", "tests/*.py", "tests/events/*.json")
    paths = [path for name in names for path in folder.glob(name)]
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {path: normalize(text.splitlines()) for path, text in texts.items()}


def test_tutorial_works_as_typed_and_ends_with_the_example(
    request: pytest.FixtureRequest, home: Path, open_terminal: OpenTerminal
) -> None:
    reader = Reader(home, open_terminal, rewrite if request.config.getoption("--golden") else report)
    for page in PAGES:
        for block in read_page(page).blocks:
            reader.follow(block)
        reader.finish()
    assert list_files(home / "shop") == list_files(EXAMPLE)
