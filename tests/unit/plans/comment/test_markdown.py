"""Plans as comments: folded text, foreign resources apart, within the length that GitHub accepts."""

from __future__ import annotations

import re

import pytest

from domovoi_tf.plans.access.report import Line as Permission
from domovoi_tf.plans.access.report import Report
from domovoi_tf.plans.access.sentences import code, join, words
from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.comment.markdown import MAX_LENGTH, render_markdown
from domovoi_tf.plans.resource_owners import Owner

TEND, FUNCTION = Owner("handler", "tend"), Owner("function")
CHANGE = Change(TEND, "module.app.module.tend.aws_sns_topic.this", "aws_sns_topic", "create", "SNS topic")
LIMIT = "GitHub's comments have at most 65,536 characters. `domovoi-tf plan` prints all."


def test_comment_with_all_parts() -> None:
    foreign = CHANGE._replace(owner=Owner("outside", "module vpc"), action="delete")
    report = Report(
        (
            Permission(TEND, code("sns.amazonaws.com"), join(words("may now invoke"), code("bar")), {}),
            Permission(FUNCTION, (), join(words("may now"), code("s3:*")), {}, ("b_c", "tend")),
        ),
        (Permission(TEND, (), words("new: everyone"), {}),),
    )
    text = "\x1b[1mTerraform\x1b[0m will\x07\n\n  ```\n  a ````\n"
    assert render_markdown([CHANGE, foreign], "Plan for dev", report, text) == (
        "### Plan for dev: 1 to add, 0 to change, 1 to destroy\n"
        "\n"
        "| | |\n"
        "|---|---|\n"
        "| tend | + SNS topic |\n"
        "\n"
        "**Outside of the app**\n"
        "\n"
        "| | |\n"
        "|---|---|\n"
        "| module vpc | **- destroys SNS topic; other subscriptions to a destroyed topic are lost** |\n"
        "\n"
        "**This plan destroys or replaces existing resources.**\n"
        "\n"
        "**Permissions**\n"
        "\n"
        "- **tend**: `sns.amazonaws.com` may now invoke `bar`\n"
        "- **function** (b\\_c, tend) may now `s3:*`\n"
        "\n"
        "**Public**\n"
        "\n"
        "- tend: new: everyone\n"
        "\n"
        "<details>\n"
        "<summary>Terraform's plan</summary>\n"
        "\n"
        "`````text\n"
        "Terraform will\\x07\n"
        "\n"
        "  ```\n"
        "  a ````\n"
        "`````\n"
        "\n"
        "</details>\n"
    )


def test_plan_of_outputs_and_of_nothing() -> None:
    change = Change(Owner("outputs"), "output.url", "output", "update", "url")
    assert render_markdown([change], "Plan") == (
        "### Plan: 0 to add, 0 to change, 0 to destroy\n\n| | |\n|---|---|\n| outputs | \\~ url |\n"
    )
    public = Report((), (Permission(TEND, (), words("everyone may"), {}),))
    assert render_markdown([], "Plan", public, "No changes.") == (
        "### Plan: nothing to change\n\n**Public**\n\n- tend: everyone may\n"
    )


@pytest.mark.parametrize("character", ["x", "ä", "🍺"])
def test_terraforms_text_is_cut_to_the_length_of_comments(character: str) -> None:
    lines = [f"{number} {character * 60}" for number in range(2000)]
    comment = render_markdown([CHANGE], "Plan", None, "\n".join(lines))
    length = len(comment.encode("utf-16-le")) // 2
    assert MAX_LENGTH - 200 < length <= MAX_LENGTH
    match = re.search(r"\n```\n\nCut after (\d+) of 2000 lines: (.*)\n\n</details>\n$", comment)
    assert match
    assert match[2] == LIMIT
    count = int(match[1])
    assert f"\n{lines[count - 1]}\n```" in comment
    assert lines[count] not in comment


def test_text_that_has_just_room_is_whole() -> None:
    rest = len(render_markdown([CHANGE], "Plan", None, "x")) - 1
    whole = "x" * (MAX_LENGTH - rest - 150)
    comment = render_markdown([CHANGE], "Plan", None, f"{whole}")
    assert whole in comment
    assert "Cut after" not in comment


def test_long_summary_leaves_room_and_keeps_the_warning() -> None:
    changes = [CHANGE._replace(owner=Owner("handler", f"handler_{n:04}")) for n in range(3000)]
    changes.append(CHANGE._replace(owner=Owner("stage"), action="delete"))
    comment = render_markdown(changes, "Plan", None, "text\n" * 20000)
    assert MAX_LENGTH - 200 < len(comment) <= MAX_LENGTH
    match = re.search(
        r"\n\n\*\*This plan destroys or replaces existing resources\.\*\*\n\n"
        r"(\d+) more lines are left out: (.*)\n",
        comment,
    )
    assert match
    assert match[2] == LIMIT
    assert comment.count("\n| handler") + int(match[1]) == 3003
