"""The command `completion`."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    It completes commands, options, stages, handlers, state machines and templates.

    \b
    Example: eval "$(domovoi-tf completion bash)"           # in ~/.bashrc
             eval "$(domovoi-tf completion zsh)"            # in ~/.zshrc, after compinit
             domovoi-tf completion fish > ~/.config/fish/completions/domovoi-tf.fish
    """  # noqa: D301 - a backspace, by which click keeps lines as they are
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    from domovoi_tf.cli.exit import PROGRAM
    from domovoi_tf.cli.root import cli

    complete = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}[shell]
    # click's `main` reads this variable.
    click.echo(complete(cli, {}, PROGRAM, "_DOMOVOI_TF_COMPLETE").source())
