"""The checks of code blocks find what is wrong, and say what to do."""

from __future__ import annotations

import re
from contextlib import nullcontext
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from documentation.checks import REMEDY, WHOLE_PAGES, check_block
from documentation.checks.failure import WrongBlockError
from documentation.checks.included import read_reference, renew_page
from documentation.checks.named_tests import check_named_test
from documentation.pages import ROOT, Block, Page, list_loose_directives, list_pages, parse_blocks, read_page
from domovoi_tf.errors import DomovoiError

HANDLER = "def tend(event, context): ..."
TOPIC = "@app.sns_topic_subscriber('orders')"
PAGE = "docs/guides/running.md"


def find_error(folder: Path, language: str, text: str, *directives: tuple[str, str]) -> str:
    """Returns the message about a block; empty if it is right."""
    try:
        check_block(Block(PAGE, 1, language, text, directives=directives), folder)
    except (WrongBlockError, DomovoiError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("language", "text", "message"),
    [
        ("", "x\n", "The block has no language: write ```text if it has none."),
        ("text", "x\n", "Nothing checks this block."),
        ("python", f"@app.sns_topic('orders')\n{HANDLER}\n", "app.sns_topic does not exist"),
        ("python", f"@app.scheduled_function('rate(1 minutes)')\n{HANDLER}\n", "the unit after 1 is minute"),
        ("python", "def test_tend(): ...\n", "Name the project whose app it tests"),
        ("json", '{"app_name": "bar",}\n', "The block is not valid JSON"),
        ("json", '"lambda_timout": 3\n', "did you mean lambda_timeout?"),
        ("json", '{"stages": {"dev": {"tags": 3}}}\n', "$.stages.dev.tags"),
        ("json", '{"Version": "2012-10-17", "Statement": [{"Effect": "Permit"}]}\n', "Effect"),
        ("json", '{"Effect": "Allow", "Action": "GetObject", "Resource": "*"}\n', "is not an action"),
        ("json", '{"StartAt": "A", "States": {"A": {"Type": "Tusk", "End": true}}}\n', "Tusk"),
        ("json", '"A": {"Type": "Wait", "End": true}\n', "A"),
        ("console", "domovoi-tf plan\n", "begin its line with `$ `"),
        ("console", "$ domovoi-tf plam\n", "Did you mean 'plan'?"),
        ("console", "$ domovoi-tf plan --jsn\n", "No such option '--jsn'"),
        ("console", "$ domovoi-tf invoke\n", "Missing argument 'HANDLER'"),
        ("console", "$ domovoi-tf deploy a b c\n", "unexpected extra arguments"),
        ("console", "$ domovoi-tf logs --since \\\n    10m --stag dev\n", "No such option '--stag'"),
        ("console", '$ eval "$(domovoi-tf locl env)"\n', "No such command 'locl'"),
        ("console", "$ TF_VAR_x=1 domovoi-tf x | jq .\n", "No such command 'x'"),
        ("console", "$ cd x && nano app.py\n", "nano is not in the list of programs"),
        ("console", "$ make gold\n", "Makefile has no target gold"),
        ("console", "$ pytest tests/unti\n", "tests/unti does not exist"),
        ("console", "$ domovoi-tf plan 'x\n", "is not a command"),
        ("console", "$ domovoi-tf plan\nNo changes.\n", "Nothing checks the output below the commands"),
        ("hcl", 'module "iam" {\n  source = "./modules/iam"\n  nam = "x"\n}\n', "has no nam"),
        (
            "hcl",
            'module "app" {\n  settings = { timeot = 3 }\n}\n',
            "settings.timeot",
        ),
        ("hcl", 'module "x" {\n  source = "./x"\n}\n', "is neither an app nor in modules/"),
        ("yaml", "a: 1\n", "Only configurations of pre-commit have a check"),
        ("yaml", "repos:\n  - hooks:\n      - id: domovoi-tf-x\n", "has no domovoi-tf-x"),
    ],
)
def test_wrong_blocks_are_found(language: str, text: str, message: str, tmp_path: Path) -> None:
    assert message in find_error(tmp_path, language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", f"{TOPIC}\n{HANDLER}\n"),
        ("python", f"from domovoi_tf import Domovoi\napp = Domovoi()\n{TOPIC}\n{HANDLER}\n"),
        ("json", '"lambda_timeout": 3\n'),
        ("json", '"A": {"Type": "Wait", "Seconds": 3, "End": true}\n'),
        ("console", "$ TF_VAR_x=1 domovoi-tf deploy -- -lock=false  # and why\n\n$ make golden\n"),
        ("hcl", 'module "app" {\n  package = { ignore_changes = true }\n}\n'),
    ],
)
def test_right_blocks_are_accepted(language: str, text: str, tmp_path: Path) -> None:
    assert find_error(tmp_path, language, text) == ""


def test_handler_of_a_block_gets_an_event(tmp_path: Path) -> None:
    text = f"{TOPIC}\ndef tend(event, context):\n    event['Recods']\n"
    with pytest.raises(KeyError, match="Recods"):
        find_error(tmp_path, "python", text)


def test_tests_of_a_block_are_run(tmp_path: Path) -> None:
    text = "from app import app\n\ndef test_tend():\n    assert app is None\n"
    message = find_error(tmp_path, "python", text, ("with", "examples/bartender"))
    assert "FAILED test_block.py::test_tend" in message


def test_message_about_an_unchecked_block_lists_what_helps() -> None:
    assert {"include", "tested", "check"} <= {*re.findall(r"<!-- (\w+):", REMEDY)}


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (("tsted", "x"), "<!-- tsted: ... --> is unknown"),
        (("check", "configration"), "Nothing checks this block."),
        (("check", "event alb"), "Not in alb/event.json, or of another type: $."),
        (("include", "examples/none.py"), "examples/none.py does not exist"),
        (("include", "examples/bartender/app.py"), "The block differs from examples/bartender/app.py"),
        (("include", "examples/bartender/app.py#none"), "examples/bartender/app.py has no none"),
        (("tested", "tests/none.py::test_x"), "tests/none.py does not exist"),
        (("tested", "tests/unit/plans/test_documented_plans.py::test_x"), "has no test 'test_x'"),
        (("tested", "tests/unit/plans/test_documented_plans.py::make_moves"), "has no test 'make_moves'"),
        (("tested", "tests/unit/plans/test_losses.py::test_x"), "has no test 'test_x'"),
    ],
)
def test_wrong_comments_are_found(directive: tuple[str, str], message: str, tmp_path: Path) -> None:
    assert message in find_error(tmp_path, "json", "{}\n", directive)


def test_commands_are_checked_above_output_with_a_test(tmp_path: Path) -> None:
    name = "tests/unit/plans/test_documented_plans.py::test_page_shows_drift"
    assert find_error(tmp_path, "console", "$ domovoi-tf drift\nx\n", ("tested", name)) == ""
    assert "'drft'" in find_error(tmp_path, "console", "$ domovoi-tf drft\nx\n", ("tested", name))


@pytest.mark.parametrize(
    ("source", "is_accepted"),
    [
        ("def test_x(): ...", False),
        ("PAGE = 'docs/alb.md'\ndef test_x(): ...", False),
        ("def test_y(): 'alb.md'\ndef test_x(): ...", False),
        ("def test_x(): read('alb.md')", True),
        ("'The page alb.md.'\ndef test_x(): ...", True),
        ("PAGE = read('alb.md')\ndef test_x(): PAGE", True),
        ("PAGE = read('alb.md')\ndef page(): return PAGE\ndef test_x(page): ...", True),
    ],
)
def test_test_of_a_page_names_the_page(source: str, is_accepted: bool, tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(source)
    error = "test_x in test_x.py does not name docs/alb.md, so it cannot be its test"
    with nullcontext() if is_accepted else pytest.raises(WrongBlockError, match=re.escape(error)):
        check_named_test("test_x.py::test_x", "docs/alb.md", tmp_path)


@pytest.mark.parametrize(("pattern", "name"), WHOLE_PAGES.items())
def test_pages_with_one_test_are_named_in_its_module(pattern: str, name: str) -> None:
    pages = [path for path in list_pages() if fnmatchcase(path, pattern) and read_page(path).blocks]
    path, _, function = name.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8") if pages else ""
    assert not pages or f"def {function}(" in source
    assert [page for page in pages if Path(page).name not in source and Path(page).stem not in source] == []


def test_commands_of_pages_with_one_test_are_checked(tmp_path: Path) -> None:
    block = Block("docs/tutorial/x.md", 1, "console", "$ domovoi-tf drft\n", directives=(("exit", "1"),))
    with pytest.raises(WrongBlockError, match="No such command 'drft'"):
        check_block(block, tmp_path)


def test_parts_of_files_are_included(tmp_path: Path) -> None:
    function = "@app.a\n@app.b\nasync def tend(event):\n    ...\n"
    source = f"import app\n\nSIZES = [\n    1,\n]\n\n\n{function}\nx = 1\n"
    (tmp_path / "app.py").write_text(source)
    (tmp_path / "main.tf").write_text("a\n  # [topic]\n  b\n    c\n  # [/topic]\nd\n")
    assert read_reference("app.py", tmp_path) == source
    assert read_reference("app.py#SIZES", tmp_path) == "SIZES = [\n    1,\n]\n"
    assert read_reference("app.py#tend,x", tmp_path) == f"{function}\n\nx = 1\n"
    assert read_reference("main.tf#topic", tmp_path) == "b\n  c\n"


def test_included_blocks_are_renewed_in_place() -> None:
    text = (
        "- x\n\n  <!-- include: examples/bartender/pytest.ini -->\n  ```ini\n  old\n  older\n  ```\n\nend\n"
    )
    renewed = renew_page(Page("x.md", text))
    (block,) = parse_blocks("x.md", renewed)
    assert block.text == read_reference("examples/bartender/pytest.ini")
    assert renewed.startswith(text.partition("  old")[0])
    assert renewed.endswith("\n  ```\n\nend\n")
    assert renew_page(Page("x.md", renewed)) == renewed


def test_blocks_have_their_comments_lines_and_indentation() -> None:
    text = "<!-- check: a -->\n\n<!-- with: b -->\n````md x\n```\ny\n```\n````\n- z\n   ~~~\n    q\n   ~~~\n"
    assert [*parse_blocks("x.md", text)] == [
        Block("x.md", 4, "md", "```\ny\n```\n", "", (("check", "a"), ("with", "b"))),
        Block("x.md", 10, "", "q\n", "   "),
    ]
    with pytest.raises(ValueError, match=r"x\.md:1: the code block has no end"):
        [*parse_blocks("x.md", "```\nx\n")]


def test_comments_without_a_block_are_found() -> None:
    text = "<!-- tested: x -->\nText.\n\n<!-- keys -->\n<!-- tested: y -->\n```text\nx\n```\n"
    assert list_loose_directives(Page("x.md", text)) == [1]
    assert list_loose_directives(Page("x.md", text.partition("\n\n")[2])) == []
