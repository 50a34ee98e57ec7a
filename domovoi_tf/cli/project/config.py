"""The command that shows a stage's settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, pipeline

if TYPE_CHECKING:
    from domovoi_tf.settings.provenance import Row


@click.command("config")
@options.project_argument
@options.stage_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of .chalice/config.json, for editors.")
def config(project_dir: Path, stage: str, as_json: bool, schema: bool) -> None:
    """Show a stage's settings, and where each came from.

    Example: domovoi-tf config --stage prod
    """
    if schema:
        from domovoi_tf.settings.json_schema import SHIPPED

        click.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    from domovoi_tf.settings.provenance import explain

    found = explain(project_dir, stage)
    for notice in found.notices:
        pipeline.warn(notice)
    if as_json:
        functions = {name: _nested(rows) for name, rows in found.functions.items()}
        click.echo(
            json.dumps({"stage": stage, "settings": _nested(found.stage), "functions": functions}, indent=2)
        )
        return
    every = [
        ("", found.stage),
        *((f"lambda_functions.{name}", rows) for name, rows in found.functions.items()),
    ]
    for line in _table(row for prefix, rows in every for row in _cells(prefix, rows)):
        click.echo(line)


def _nested(rows: Iterable[Row]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for row in rows:
        inside = values
        for part in row.key[:-1]:
            inside = inside.setdefault(part, {})
        inside[row.key[-1]] = {"value": row.value, "from": row.source}
    return values


def _cells(prefix: str, rows: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        key = ".".join([prefix, *row.key] if prefix else row.key)
        yield key, json.dumps(row.value, ensure_ascii=False), row.source


def _table(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    known = list(rows)
    widths = [min(max(len(row[column]) for row in known), most) for column, most in ((0, 80), (1, 30))]
    for key, value, source in known:
        yield f"{key:<{widths[0]}}  {value:<{widths[1]}}  {source}"


COMMANDS = (config,)
