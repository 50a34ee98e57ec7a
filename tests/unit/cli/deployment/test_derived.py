"""Commands of `local` that are derived from those with --emulator."""

from __future__ import annotations

import click
import pytest
from documentation_pages import commands_page
from documentation_pages.commands_page import NamedCommand

from domovoi_tf.cli.deployment.derived import derive
from domovoi_tf.cli.deployment.local import local

from ..conftest import Invoke


@click.group()
def shop() -> None:
    """Manage the shop."""


@shop.command()
@click.option("--emulator", "at_emulator", is_flag=True)
@click.option("--local", "locally", is_flag=True)
@click.option("--beer", default="none")
def order(beer: str, at_emulator: bool, locally: bool) -> None:
    """Order a beer.

    More about it.

    \b
    Example: domovoi-tf shop order --beer 2 --stage prod
             domovoi-tf shop order --local
    """
    click.echo(f"{beer} {at_emulator} {locally}")


@shop.command()
def close() -> None:
    """Close the shop."""


def test_derived_command_works_at_the_emulator(invoke: Invoke) -> None:
    assert invoke(derive(shop, "shop"), "order", "--beer", "2").out == "2 True False\n"
    assert invoke(shop, "order").out == "none False False\n"


def test_option_that_the_command_implies_is_accepted(invoke: Invoke) -> None:
    assert invoke(derive(shop, "shop"), "order", "--emulator").out == "none True False\n"
    assert "--emulator" not in click.Context(derive(order, "order")).get_help().replace(
        "order --emulator", ""
    )


def test_help_names_the_command_and_an_example() -> None:
    derived = derive(order, "shop order")
    assert derived.help == (
        "Order a beer.\n\nWorks like `domovoi-tf shop order --emulator`.\n\n"
        "Example: domovoi-tf local shop order --beer 2"
    )


def test_group_has_the_subcommands_that_can_work_at_the_emulator() -> None:
    derived = derive(shop, "shop")
    assert isinstance(derived, click.Group)
    assert [*derived.commands] == ["order"]
    assert [*shop.commands] == ["order", "close"]


DERIVED = [named for named in commands_page.list_commands() if named.equivalent]


@pytest.mark.parametrize("named", DERIVED, ids=lambda named: named.name)
def test_command_has_the_other_options_of_its_equivalent(named: NamedCommand) -> None:
    words = named.equivalent.removeprefix("domovoi-tf ").partition(" --")[0]
    (other,) = (each for each in commands_page.list_commands() if each.name == words)
    missing = {each.name for each in other.command.params} - {each.name for each in named.command.params}
    assert missing - {"locally"} == {"at_emulator"} | ({"yes"} if words == "deploy" else set())
    assert f"local {words}" == named.name


@pytest.mark.parametrize("name", local.entries)
def test_list_of_commands_has_their_summaries(name: str) -> None:
    command = local.get_command(click.Context(local), name)
    assert command
    assert local.entries[name].help == command.get_short_help_str(1000)
