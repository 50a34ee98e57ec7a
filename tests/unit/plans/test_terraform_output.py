"""Progress messages of `terraform plan` are shown at once, the text of the plan later."""

from __future__ import annotations

import pytest

from domovoi_tf.plans.terraform_output import PlanOutput

PROGRESS = "data.x.y: Reading...\nmodule.a.b.c: Refreshing state... [id=1]\n\n"
BODY = "Terraform used the selected providers to generate\n\nPlan: 1 to add.\n"
SAVED = f"\n{'─' * 77}\n\nSaved the plan to: /x/plan\n\nTo perform exactly these actions, run:\n"


def feed(text: str, size: int) -> tuple[str, str]:
    shown: list[str] = []
    output = PlanOutput(shown.append)
    for start in range(0, len(text), size):
        output.feed(text[start : start + size])
    return "".join(shown), output.plan_text


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("begin", ["", "\x1b[0m\x1b[1m"])
def test_progress_is_shown_and_plan_is_withheld(size: int, begin: str) -> None:
    assert feed(PROGRESS + begin + BODY + SAVED, size) == (PROGRESS, begin + BODY)


@pytest.mark.parametrize("size", [1, 10_000])
def test_question_is_shown_before_its_line_ends(size: int) -> None:
    question = "var.topic\n  The topic.\n\n  Enter a value: "
    assert feed(question, size) == (question, "")


def test_output_without_known_first_line_is_shown() -> None:
    text = "Something else.\nNo change here\nTerraform"
    assert feed(text, 3) == ("Something else.\nNo change here\n", "Terraform")


def test_plan_that_failed_cannot_be_applied() -> None:
    outputs = "Changes to Outputs:\n  + function_urls = {}\n"
    output = PlanOutput(lambda _: None)
    output.feed(
        f"{outputs}\nYou can apply this plan to save these new output values to the Terraform\n"
        "state, without changing any real infrastructure.\n"
    )
    assert output.failed_text == outputs
