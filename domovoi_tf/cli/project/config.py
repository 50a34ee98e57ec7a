"""The command `config`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import options, output

if TYPE_CHECKING:
    from domovoi_tf.settings.provenance import Explanation, Row

#: The widths at which the columns of keys and values stop growing.
_WIDTHS = (80, 30)


@click.command()
@options.stage_options
@options.json_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema of .chalice/config.json, for editors.")
def config(project_dir: Path, stage: str, as_json: bool, schema: bool) -> None:
    """Show a stage's settings and where each one comes from.

    Example: domovoi-tf config --stage prod
    """
    if schema:
        from domovoi_tf.settings.json_schema import SHIPPED

        click.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)
        return
    from domovoi_tf.settings.provenance import explain

    explanation = explain(project_dir, stage)
    for notice in explanation.notices:
        output.print_warning(notice)
    if as_json:
        output.print_json(describe_settings(explanation, stage))
    else:
        output.echo(format_settings(explanation))


def describe_settings(explanation: Explanation, stage: str) -> dict[str, Any]:
    """Returns the settings of a stage and of its functions for JSON."""
    functions = {name: _nest(rows) for name, rows in explanation.functions.items()}
    return {"stage": stage, "settings": _nest(explanation.stage), "functions": functions}


def format_settings(explanation: Explanation) -> str:
    """Returns a table of the settings of a stage, followed by those of its functions."""
    rows = [
        *_format_rows("", explanation.stage),
        *(
            row
            for name, settings in explanation.functions.items()
            for row in _format_rows(f"lambda_functions.{name}.", settings)
        ),
    ]
    if output.get_width(sys.stdout) is not None:
        return output.format_table(rows)
    widths = [min(max(len(row[column]) for row in rows), width) for column, width in enumerate(_WIDTHS)]
    return "\n".join(f"{key:<{widths[0]}}  {value:<{widths[1]}}  {source}" for key, value, source in rows)


def _nest(rows: Iterable[Row]) -> dict[str, Any]:
    """Returns settings as nested dictionaries."""
    values: dict[str, Any] = {}
    for row in rows:
        parent = values
        for part in row.key[:-1]:
            parent = parent.setdefault(part, {})
        parent[row.key[-1]] = {"value": row.value, "from": row.source}
    return values


def _format_rows(prefix: str, rows: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        yield f"{prefix}{'.'.join(row.key)}", json.dumps(row.value, ensure_ascii=False), row.source
