"""Prints plans: the changes by handler, the permissions, what is public, and Terraform's own text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from domovoi_tf.cli import output
from domovoi_tf.cli.terraform import planning
from domovoi_tf.cli.terraform.plan_output import change_lines

if TYPE_CHECKING:
    from domovoi_tf.plans.callers.instances import PlanOwners

#: The most permissions that a terminal shows.
_MAX_LINES = 20


def find_owners(made: planning.Plan, folder: Path) -> PlanOwners:
    """Returns the owners of the resources in the plan of a stage."""
    from domovoi_tf.plans import resource_owners
    from domovoi_tf.plans.callers.instances import PlanOwners

    app = folder / "app"
    return PlanOwners(made.document, resource_owners.read_owners(app), is_stage=True, folder=app)


def print_plan(
    made: planning.Plan,
    owners: PlanOwners,
    origin: Mapping[str, Any] = {},
    title: str = "",
    as_json: bool = False,
    as_markdown: bool = False,
) -> None:
    """Prints a plan.

    Args:
        made: the plan.
        owners: the owners of its resources.
        origin: the first members of the JSON.
        title: the heading of the Markdown.
        as_json: whether to print JSON.
        as_markdown: whether to print Markdown.
    """
    from domovoi_tf.plans import summary
    from domovoi_tf.plans.access.report import build_documents, report_access
    from domovoi_tf.plans.comment.markdown import render_markdown
    from domovoi_tf.terraform import streams

    if as_json:
        documents = build_documents(report_access(made.document, owners))
        output.print_json({**origin, **summary.build_document(made.changes), **documents})
    elif as_markdown:
        report = report_access(made.document, owners)
        output.echo(render_markdown(made.changes, title, report, made.text).rstrip("\n"))
    else:
        change_lines.print_changes(made.changes)
        print_access(made, owners)
        streams.write_output(made.text)


def print_access(made: planning.Plan, owners: PlanOwners) -> None:
    """Prints the permissions that change and what becomes public, or no longer is, by owner."""
    from domovoi_tf.plans.access.report import list_changed_exposures, report_access
    from domovoi_tf.plans.access.sentences import format_text
    from domovoi_tf.plans.summary import Line

    report = report_access(made.document, owners)
    for title, lines in (("Permissions", report.permissions), ("Public", list_changed_exposures(report))):
        if not lines:
            continue
        shown = [Line(line.owner.title, format_text(line.sentence)) for line in lines[:_MAX_LINES]]
        rest = len(lines) - len(shown)
        more = [f"  and {rest} more, which --json and --markdown list"] if rest else []
        heading = click.style(f"{title}:", bold=True)
        output.echo("\n".join([heading, *change_lines.wrap_lines(shown), *more, ""]))
