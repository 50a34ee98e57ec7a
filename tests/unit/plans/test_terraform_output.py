"""What Terraform says while it plans is shown at once; the plan's own text waits for the summary."""

from __future__ import annotations

import pytest

from domovoi_tf.plans.terraform_output import PlanText

PROGRESS = "data.x.y: Reading...\nmodule.a.b.c: Refreshing state... [id=1]\n\n"
BODY = "Terraform used the selected providers to generate\n\nPlan: 1 to add.\n"
SAVED = f"\n{'─' * 77}\n\nSaved the plan to: /x/plan\n\nTo perform exactly these actions, run:\n"


def heard(text: str, size: int) -> tuple[str, str]:
    shown: list[str] = []
    plan = PlanText(shown.append)
    for at in range(0, len(text), size):
        plan.hear(text[at : at + size])
    return "".join(shown), plan.held


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("begin", ["", "\x1b[0m\x1b[1m"])
def test_progress_is_shown_and_the_plan_is_held(size: int, begin: str) -> None:
    assert heard(PROGRESS + begin + BODY + SAVED, size) == (PROGRESS, begin + BODY)


@pytest.mark.parametrize("size", [1, 10_000])
def test_a_question_is_shown_before_its_line_ends(size: int) -> None:
    question = "var.topic\n  The topic.\n\n  Enter a value: "
    assert heard(question, size) == (question, "")


def test_what_begins_in_no_known_way_is_shown() -> None:
    text = "Something else.\nNo change here\nTerraform"
    assert heard(text, 3) == ("Something else.\nNo change here\n", "Terraform")
