"""The kinds of checks of code blocks.

A block that is included or names its test needs nothing else, but for the commands in it. For all others,
the comment ``<!-- check: KIND -->`` selects the check, or the language does.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from documentation.checks import (
    console_commands,
    included,
    json_documents,
    named_tests,
    python_code,
    terraform_code,
    yaml_documents,
)
from documentation.checks.failure import WrongBlockError
from documentation.pages import DIRECTIVES, Block

#: A check gets the block and an empty folder, and raises an error if the block is wrong.
Check = Callable[[Block, Path], None]
#: Checks of blocks without a comment, by language.
LANGUAGES: dict[str, Check] = {
    "console": console_commands.check_console,
    "hcl": terraform_code.check_terraform,
    "json": json_documents.check_json,
    "python": python_code.check_python,
    "yaml": yaml_documents.check_yaml,
}
#: Checks that `<!-- check: KIND -->` selects; what follows the word is for the check.
KINDS: dict[str, Check] = {
    "configuration": json_documents.check_configuration,
    "event": json_documents.check_event,
    "picture": named_tests.check_picture,
}
#: Pages that one test writes or types as a whole, with comments of its own.
WHOLE_PAGES = {
    "docs/tutorial/*.md": (
        "tests/e2e/test_tutorial.py::test_tutorial_works_as_typed_and_ends_with_the_example"
    ),
    "docs/reference/decorators.md": "tests/unit/test_reference.py::test_page_of_decorators_is_up_to_date",
    "docs/reference/handler-events.md": "tests/unit/test_reference.py::test_page_of_events_is_up_to_date",
    "docs/reference/modules.md": "tests/unit/test_reference.py::test_page_of_modules_is_up_to_date",
    "docs/guides/session.md": "tests/e2e/test_session.py::test_session_matches_the_page",
    "docs/reference/commands.md": "tests/unit/cli/test_commands.py::test_reference_is_up_to_date",
}
REMEDY = """\
Nothing checks this block. Above it, write one of
  <!-- include: PATH -->         for a file, or PATH#NAME for a part of one; `make golden` writes the block
  <!-- tested: PATH::TEST -->    to name the test that compares or runs it
  <!-- check: KIND -->           to select a check: {kinds}
or give the block a language that has a check: {languages}."""


def check_block(block: Block, folder: Path) -> None:
    """Checks a block.

    Args:
        block: the block.
        folder: an empty folder.

    Raises:
        WrongBlockError: the block is wrong, or nothing checks it.
    """
    if is_whole(block.page):
        _check_commands(block)
        return
    if unknown := [name for name, _ in block.directives if name not in DIRECTIVES]:
        raise WrongBlockError(f"<!-- {unknown[0]}: ... --> is unknown: write {', '.join(DIRECTIVES)}")
    if not block.language:
        raise WrongBlockError("The block has no language: write ```text if it has none.")
    if paths := block.list_values("include"):
        included.check_include(block, paths)
    elif names := block.list_values("tested"):
        named_tests.check_named_tests(block, names)
        _check_commands(block)
    else:
        select_check(block)(block, folder)


def is_whole(page: str) -> bool:
    """Returns whether one test writes or types a page as a whole."""
    return any(fnmatchcase(page, pattern) for pattern in WHOLE_PAGES)


def _check_commands(block: Block) -> None:
    if block.language == "console":
        console_commands.check_commands(block)


def select_check(block: Block) -> Check:
    """Returns the check that a comment or the language of a block selects."""
    kinds = [value.split()[0] for value in block.list_values("check")]
    check = KINDS.get(kinds[0]) if kinds else LANGUAGES.get(block.language)
    if check is None:
        raise WrongBlockError(REMEDY.format(kinds=", ".join(KINDS), languages=", ".join(LANGUAGES)))
    return check
