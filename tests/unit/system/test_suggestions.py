"""Commands that messages suggest."""

from __future__ import annotations

import ast
import contextvars
import re
from pathlib import Path

import pytest
from documentation_pages import commands_page

from domovoi_tf.cli import options
from domovoi_tf.system import suggestions
from domovoi_tf.system.suggestions import Invocation, get_invocation, remember, spell, spell_aws


def test_defaults_are_left_out() -> None:
    assert spell("plan") == spell("plan", options.DEFAULT_STAGE) == "domovoi-tf plan"


def test_options_follow_the_arguments() -> None:
    remember(folder=Path("my apps"), project=Path("bar"), out=Path("bar/my tree"))
    remember(at_emulator=True)
    assert spell("apply", "test") == ("domovoi-tf local apply -C 'my apps/bar' --stage test --out 'my tree'")
    assert spell("logs tend -f", "test") == "domovoi-tf local logs tend -f -C 'my apps/bar' --stage test"
    assert spell("render") == "domovoi-tf render -C 'my apps/bar' --out 'my tree'"


def test_output_folder_is_relative_to_the_project() -> None:
    remember(project=Path("../bar"), out=Path("tree"))
    elsewhere = Path("..", Path.cwd().name, "tree")
    assert spell("plan") == f"domovoi-tf plan -C ../bar --out {elsewhere}"


def test_aws_command_names_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the endpoint, a command such as `s3 rm` would work on AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert spell_aws("s3 rm s3://labels") == "aws s3 rm s3://labels"  # the shell itself has the variable
    remember(at_emulator=True)
    assert spell_aws("s3 rm s3://labels") == (
        "aws s3 rm s3://labels --endpoint-url http://127.0.0.1:4566 --region eu-west-1 --no-sign-request"
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert spell_aws("s3 rm s3://labels") == "aws s3 rm s3://labels"


def test_options_are_forgotten() -> None:
    remember(out=Path("tree"))
    suggestions.reset()
    assert spell("plan") == "domovoi-tf plan"


def test_commands_of_other_contexts_have_options_of_their_own() -> None:
    remember(out=Path("tree"))
    assert contextvars.Context().run(get_invocation) == Invocation()
    contextvars.copy_context().run(remember, project=Path("bar"))
    assert get_invocation() == Invocation(out=Path("tree"))


def test_tables_name_the_commands_that_have_the_options() -> None:
    with_out, with_emulator = set(), set()
    for named in commands_page.list_commands():
        names = {parameter.name for parameter in named.command.params}
        if named.path[0] != "local":
            with_out |= {named.name} if "out" in names else set()
            with_emulator |= {named.path[0]} if "at_emulator" in names else set()
    assert set(suggestions.WITH_OUT) == with_out
    assert set(suggestions.WITH_EMULATOR) == with_emulator


#: Texts that name a command without its options, by the module.
DESCRIPTIONS = {
    "cli/deployment/deploy.py": "the help of an option",
    "cli/project/new_project.py": "what to type in the new project",
    "cli/terraform/backend_bucket.py": "the heading of what the command writes",
    "plans/comment/markdown.py": "a note in a comment, which others read on their machines",
    "rendering/git_attributes.py": "the header of a file, which is the same on every machine",
    "rendering/templates.py": "the header of files, which is the same on every machine",
    "settings/cross_checks.py": "what the command leaves undone",
    "state/recovery.py": "the header of a file, which is the same on every machine",
    "triggers/_s3/sending.py": "the help of a command",
}


def test_all_other_messages_spell_their_commands() -> None:
    """Otherwise a command that somebody copies works on another project, stage or place."""
    package = Path(suggestions.__file__).parents[2]
    # `local env` for a whole shell has no stage.
    names = {each.name for each in commands_page.list_commands() if has_stage(each)} - {"local env"}
    command = re.compile(rf"domovoi-tf (?:{'|'.join(sorted(names))})\b")
    literal = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if has_text(ast.parse(path.read_text()), command)
    }
    assert literal == set(DESCRIPTIONS)


def has_stage(command: commands_page.NamedCommand) -> bool:
    return any(parameter.name in ("stage", "stages") for parameter in command.command.params)


def has_text(module: ast.Module, pattern: re.Pattern[str]) -> bool:
    """Returns whether a string of a module, docstrings apart, has a pattern."""
    documented = [n for n in ast.walk(module) if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    docstrings = {
        id(node.body[0].value) for node in documented if node.body and isinstance(node.body[0], ast.Expr)
    }
    texts = [n for n in ast.walk(module) if isinstance(n, ast.Constant) and id(n) not in docstrings]
    return any(isinstance(text.value, str) and pattern.search(text.value) for text in texts)
