"""Renders a plan as Markdown, for a comment on a pull request.

GitHub and GitLab both render it. https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from domovoi_tf.plans.access import report as access
from domovoi_tf.plans.access.sentences import escape_markdown, format_markdown
from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.comment.variable_masking import mask_variables
from domovoi_tf.plans.summary import Line, format_totals, summarize
from domovoi_tf.system.text import escape_controls, strip_colours

#: The longest comment that GitHub accepts, in characters.
#: https://docs.github.com/rest/issues/comments
MAX_LENGTH = 65_536
#: The part of it that the table and the lists may take.
_MAX_SUMMARY = 48_000
_DESTRUCTIVE = "**This plan destroys or replaces existing resources.**"
_LIMIT = f"GitHub's comments have at most {MAX_LENGTH:,} characters"


def render_markdown(
    changes: Sequence[Change], title: str, report: access.Report | None = None, text: str = ""
) -> str:
    """Renders a plan as a comment for a pull request.

    Args:
        changes: the changes of the plan, sorted by owner.
        title: the heading, such as "Plan for dev".
        report: the permissions that change, and what is public.
        text: Terraform's own description of the plan, which is folded.
    """
    report = report or access.Report()
    parts = _cut([_render_heading(changes, title), *_render_summary(changes), *_render_access(report)])
    if changes and text.strip():
        parts += _render_details(text, MAX_LENGTH - _measure("\n".join(parts)))
    return "\n".join(parts) + "\n"


def _render_heading(changes: Sequence[Change], title: str) -> str:
    result = format_totals(changes) if changes else "nothing to change"
    return f"### {escape_markdown(title)}: {result}"


def _render_summary(changes: Sequence[Change]) -> list[str]:
    """Returns a table of the app's changes, and one of those outside of it."""
    resources = [each for each in changes if each.owner.kind != "outputs"]
    inside = summarize([each for each in resources or changes if each.owner.kind != "outside"])
    outside = summarize([each for each in resources if each.owner.kind == "outside"])
    lines = _render_table(inside)
    if outside:
        lines += [*(["", "**Outside of the app**"] if inside else []), *_render_table(outside)]
    if any(line.is_destructive for line in (*inside, *outside)):
        lines += ["", _DESTRUCTIVE]
    return lines


def _render_table(lines: Iterable[Line]) -> list[str]:
    rows = [f"| {escape_markdown(line.owner)} | {_render_cell(line)} |" for line in lines]
    return ["", "| | |", "|---|---|", *rows] if rows else []


def _render_cell(line: Line) -> str:
    text = escape_markdown(line.text)
    return f"**{text}**" if line.is_destructive else text


def _render_access(report: access.Report) -> list[str]:
    return [
        *_render_list("Permissions", map(_render_permission, report.permissions)),
        *_render_list("Public", map(_render_exposure, report.public)),
    ]


def _render_list(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {item}" for item in items]
    return ["", f"**{title}**", "", *lines] if lines else []


def _render_permission(line: access.Line) -> str:
    owner = f"**{escape_markdown(line.owner.title)}**"
    if line.handlers:
        owner += f" ({escape_markdown(', '.join(line.handlers))})"
    return f"{owner}{':' if line.subject else ''} {format_markdown(line.sentence)}"


def _render_exposure(line: access.Line) -> str:
    return f"{escape_markdown(line.owner.title)}: {format_markdown(line.sentence)}"


def _render_details(text: str, budget: int) -> list[str]:
    """Returns Terraform's text in a block that is folded, cut to a number of characters."""
    text = escape_controls(strip_colours(text)).strip("\n")
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    start = ["", "<details>", "<summary>Terraform's plan</summary>", "", f"{fence}text"]
    end = [fence, "", "</details>"]
    lines = [*mask_variables(text.split("\n"))]
    note = f"Cut after {len(lines)} of {len(lines)} lines: {_LIMIT}. `domovoi-tf plan` prints all."
    space = budget - _measure("\n".join([*start, *end, "", note])) - 2
    kept = _count_fitting(lines, space)
    if kept < len(lines):
        note = f"Cut after {kept} of {len(lines)} lines: {_LIMIT}. `domovoi-tf plan` prints all."
        end = [fence, "", note, "", "</details>"]
    return [*start, *lines[:kept], *end] if space > 0 else []


def _cut(lines: list[str]) -> list[str]:
    """Returns the lines of the summary, without those that would leave no room in a comment."""
    kept = _count_fitting(lines, _MAX_SUMMARY)
    if kept == len(lines):
        return lines
    destructive = [_DESTRUCTIVE, ""] if _DESTRUCTIVE in lines[kept:] else []
    note = f"{len(lines) - kept} more lines are left out: {_LIMIT}. `domovoi-tf plan` prints all."
    return [*lines[:kept], "", *destructive, note]


def _count_fitting(lines: Sequence[str], space: int) -> int:
    """Returns how many lines have room in a number of characters, with their line feeds."""
    for count, line in enumerate(lines):
        space -= _measure(line) + 1
        if space < 0:
            return count
    return len(lines)


def _measure(text: str) -> int:
    """Returns the length of a text in UTF-16, in which some characters count twice: the strictest count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
