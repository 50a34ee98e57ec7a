"""The command that begins a project."""

from __future__ import annotations

import sys
from pathlib import Path

import click

#: What a new user does next: a command, and what it does.
NEXT = (
    ("pytest", "tests the handlers; pip install pytest"),
    ("domovoi-tf render", "writes terraform/"),
    ("domovoi-tf local deploy", "deploys to an emulator of AWS; pip install 'domovoi-tf[local]'"),
    ("domovoi-tf deploy", "deploys to AWS: shows the plan, asks, applies it"),
)


@click.command(name="new-project")
@click.argument("name", required=False)
@click.option(
    "--template",
    metavar="EXAMPLE",
    help="Begin with an example instead of a schedule; `list` shows which there are.",
)
def new_project(name: str | None, template: str | None) -> None:
    """Write a new project into a folder of its name.

    The name, which is asked for where it is missing, begins the names of all that the app has on AWS:
    <name>-<stage>.

    \b
    Example: domovoi-tf new-project beers
             domovoi-tf new-project beers --template bartender
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.rendering import scaffold

    if template == "list":
        _list(scaffold.examples())
        return
    chosen = _asked() if name is None else _valid(name)
    paths = scaffold.create(Path(chosen), template)
    click.echo(f"Created {chosen}:")
    for path in paths:
        click.echo(f"  {chosen}/{path}")
    click.echo(f"\nNext:\n  cd {chosen}")
    for command, what in NEXT:
        click.echo(f"  {command:<{max(len(each) for each, _ in NEXT)}}  # {what}")


def _valid(name: str) -> str:
    from domovoi_tf.rendering import scaffold

    if problem := scaffold.wrong_name(name):
        raise click.BadParameter(problem, param_hint="NAME")
    return name


def _asked() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("Missing argument 'NAME', and standard input is no terminal to ask for it.")
    answer: str = click.prompt("Name of the project", value_proc=_valid)
    return answer


def _list(examples: dict[str, str]) -> None:
    width = max(map(len, examples))
    for name, sentence in examples.items():
        click.echo(f"{name:<{width}}  {sentence}")
