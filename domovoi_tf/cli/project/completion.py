"""The command `completion`."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    It completes commands, options, stages, handlers, state machines, templates and files.

    \b
    Example: eval "$(domovoi-tf completion bash)"  # in ~/.bashrc
             eval "$(domovoi-tf completion zsh)"   # in ~/.zshrc, after compinit
             domovoi-tf completion fish | source   # in config.fish
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from domovoi_tf.cli.exit import PROGRAM
    from domovoi_tf.cli.project.shells import SHELLS, VARIABLE
    from domovoi_tf.cli.root import cli

    click.echo(SHELLS[shell](cli, {}, PROGRAM, VARIABLE).source())
