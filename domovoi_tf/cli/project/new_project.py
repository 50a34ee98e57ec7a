"""The command `new-project`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from domovoi_tf.cli import output

#: The commands that a new user runs next, and what they do.
NEXT_STEPS = (
    ("pytest", "test the handlers"),
    ("domovoi-tf render", "write terraform/"),
    ("domovoi-tf local deploy", "deploy to an AWS emulator"),
    ("domovoi-tf dev", "run this code for its events"),
    ("domovoi-tf deploy", "deploy to AWS, after asking"),
)


@click.command()
@click.argument("name", required=False)
@click.option(
    "--template",
    metavar="EXAMPLE",
    help="Start with this example instead of a single schedule; `list` lists the examples.",
)
@click.option(
    "--ci",
    type=click.Choice(["github"]),
    help="Add a workflow that tests and plans pull requests, and deploys the branch main.",
)
def new_project(name: str | None, template: str | None, ci: str | None) -> None:
    """Create a project in a new folder.

    The folder gets the project's name, which is asked for if it is missing. The names of all resources on AWS
    start with it: <name>-<stage>.

    \b
    Example: domovoi-tf new-project beers
             domovoi-tf new-project beers --template bartender --ci github
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.rendering import scaffold

    if template == "list":
        output.print_text(format_examples(scaffold.list_examples()))
        return
    project = _ask_name() if name is None else _check_name(name)
    output.print_text(format_next_steps(project, scaffold.create_project(Path(project), template, ci)))
    if ci is not None:
        output.print_text(f"\n{format_workflow_steps()}")


def format_next_steps(project: str, paths: Sequence[str]) -> str:
    """Returns the list of the created files and of the commands to run next."""
    steps = [("cd " + project, ""), *_list_installations(), *NEXT_STEPS]
    width = max(len(command) for command, _ in NEXT_STEPS)
    return "\n".join(
        [
            f"Created {project}:",
            *(f"  {project}/{path}" for path in paths),
            "\nNext:",
            *(f"  {command:<{width}}  # {text}" if text else f"  {command}" for command, text in steps),
        ]
    )


def format_workflow_steps() -> str:
    """Returns what is left to do for a workflow."""
    from domovoi_tf.system.distribution.install_command import UNKNOWN_REPOSITORY, build_shared_requirement

    text = "Before you push, set up what the comments in .github/workflows/deploy.yml list."
    if build_shared_requirement() != UNKNOWN_REPOSITORY:
        return text
    return f"{text}\nThis domovoi-tf is a local copy: replace URL there by the address of its repository."


def _list_installations() -> Iterator[tuple[str, str]]:
    """Yields the commands that install what the next steps need and this environment lacks."""
    from domovoi_tf.system.distribution.install_command import build_install_command

    if not importlib.util.find_spec("ministack"):
        yield build_install_command("local"), "the emulator, and a Terraform"
    # The project's tests import domovoi_tf, so another environment's pytest does not help.
    if not importlib.util.find_spec("pytest"):
        yield "pip install pytest", ""


def format_examples(examples: Mapping[str, str]) -> str:
    """Returns a table of the examples and their descriptions."""
    width = max(map(len, examples))
    return "\n".join(f"{name:<{width}}  {sentence}" for name, sentence in examples.items())


def _check_name(name: str) -> str:
    from domovoi_tf.rendering import scaffold

    if problem := scaffold.find_name_problem(name):
        raise click.BadParameter(problem, param_hint="NAME")
    return name


def _ask_name() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(
            "Missing argument 'NAME'. It cannot be asked for because standard input is not a terminal."
        )
    answer: str = click.prompt("Name of the project", value_proc=_check_name)
    return answer
