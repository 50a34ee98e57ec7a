"""Renames that Terraform or AWS cannot perform are problems with the ways out; all others are moved."""

from __future__ import annotations

import pytest

from domovoi_tf.renames.decision import Answers, decide_moves
from domovoi_tf.renames.problems import Details
from domovoi_tf.synthesis.addresses import Block

LOST = "messages that are published in between are lost"
SKIPPED = "a run that is due in between is skipped"
DETAILS = Details(
    {("tend", "sns"): "app.py:5", ("serve", "sns"): "app.py:8", ("tock", "schedule"): "app.py:12"},
    {
        **{(name, "sns"): LOST for name in ("tend", "serve")},
        **{(name, "schedule"): SKIPPED for name in ("tick", "tock", "ring")},
    },
)
PRUNE = "`domovoi-tf prune-moves`"


def make_topic(handler: str, topic: str = "orders") -> tuple[str, Block]:
    return f"module.{handler}", Block("sns", topic, "", (handler,), ())


def make_schedule(handler: str) -> tuple[str, Block]:
    names = (f"<app>-<stage>-{handler}",)
    return f"module.{handler}", Block("schedule", "rate(1 day)", "", (handler,), names)


def decide(
    before: list[tuple[str, Block]],
    after: list[tuple[str, Block]],
    kept: dict[str, str] | None = None,
    renamed: dict[str, str] | None = None,
    replaced: tuple[str, ...] = (),
) -> tuple[dict[str, str], list[str]]:
    """Returns the moves, and the problems as text."""
    answers = Answers(renamed or {}, replaced)
    decision = decide_moves(dict(before), dict(after), kept or {}, DETAILS, answers)
    return dict(decision.moves), [str(problem) for problem in decision.problems]


def test_rename_is_moved() -> None:
    assert decide([make_topic("tend")], [make_topic("serve")]) == ({"module.tend": "module.serve"}, [])


def test_replaced_handler_is_moved_where_its_names_stay() -> None:
    # Destroying and creating one subscription at two addresses could leave none.
    moved = {"module.tend": "module.serve"}
    assert decide([make_topic("tend")], [make_topic("serve")], replaced=("tend",)) == (moved, [])
    assert decide([make_topic("tend")], [make_topic("serve")], replaced=("module.tend",)) == (moved, [])
    tick, ring = ("module.tick", make_schedule("tick")[1]), ("module.ring", make_schedule("ring")[1])
    before = [tick, ("module.tick_orders", make_topic("tick")[1])]
    after = [ring, ("module.ring_orders", make_topic("ring")[1])]
    assert decide(before, after, replaced=("tick",)) == ({"module.tick_orders": "module.ring_orders"}, [])


def test_new_names_on_aws_are_a_problem() -> None:
    assert decide([make_schedule("tick")], [make_schedule("tock")])[1] == [
        "app.py:12: tock was tick in the last rendering, and its names on AWS would change "
        "(<app>-<stage>-tick would become <app>-<stage>-tock), which replaces what has them: "
        f"{SKIPPED}\n"
        '    Keep the names with name="tick" in the decorator, or replace it with --replace tick.'
    ]
    assert decide([make_schedule("tick")], [make_schedule("tock")], replaced=("tick",)) == ({}, [])


def test_equal_schedules_need_an_answer() -> None:
    before = [make_topic("a"), make_topic("b")]
    after = [make_topic("serve"), make_topic("tend")]
    assert decide(before, after)[1] == [
        "app.py:8: a and b no longer handle sns orders, but serve (app.py:8) and tend (app.py:5) do: nothing "
        "tells which was renamed\n"
        "    Add --renamed OLD=NEW, such as --renamed a=serve, for each that was renamed, and --replace OLD, "
        "such as --replace a, for each whose resources can be destroyed."
    ]
    moved = {"module.a": "module.tend", "module.b": "module.serve"}
    assert decide(before, after, renamed={"a": "tend"}) == (moved, [])
    assert decide(before, after, renamed={"a": "tend"}, replaced=("b",)) == (moved, [])
    assert decide(before, after[1:], replaced=("b",)) == ({"module.a": "module.tend"}, [])


def test_one_of_two_that_is_left_is_named_in_the_singular() -> None:
    assert decide([make_topic("a"), make_topic("b")], [make_topic("tend")])[1] == [
        "app.py:5: a and b no longer handle sns orders, but tend (app.py:5) does: nothing tells which was "
        "renamed\n"
        "    Add --renamed OLD=NEW, such as --renamed a=tend, for each that was renamed, and --replace OLD, "
        "such as --replace a, for each whose resources can be destroyed."
    ]


def test_swap_names_the_steps() -> None:
    before = [make_topic("tend"), make_topic("serve", "beer")]
    after = [make_topic("tend", "beer"), make_topic("serve")]
    assert decide(before, after)[1] == [
        "app.py:5: serve and tend have changed places, which Terraform cannot do in one step\n"
        "    Rename one after the other, the first to a temporary name: after each rename deploy every stage "
        f"and run {PRUNE}. Or destroy and create them with --replace serve --replace tend: {LOST}."
    ]
    assert decide(before, after, replaced=("tend", "serve")) == ({}, [])


def test_half_a_swap_still_has_no_place() -> None:
    before = [make_topic("tend"), make_topic("serve", "beer")]
    after = [make_topic("tend", "beer"), make_topic("serve")]
    assert decide(before, after, replaced=("tend",))[1] == [
        "app.py:8: serve gets the address module.serve, from which serve moves to module.tend\n"
        f"    First rename only, deploy every stage and run {PRUNE}. Or choose another name, or let "
        f"Terraform destroy the earlier one with --replace serve: {LOST}."
    ]


def test_name_that_is_taken_at_once_names_the_steps() -> None:
    after = [make_topic("serve"), make_topic("tend", "beer")]
    assert decide([make_topic("tend")], after)[1] == [
        "app.py:5: tend gets the address module.tend, from which tend moves to module.serve\n"
        f"    First rename only, deploy every stage and run {PRUNE}. Or choose another name, or let "
        f"Terraform destroy the earlier one with --replace tend: {LOST}."
    ]
    assert decide([make_topic("tend")], after, replaced=("tend",)) == ({}, [])


def test_name_that_is_taken_before_every_stage_has_applied_names_the_steps() -> None:
    kept = {"module.tend": "module.serve"}
    after = [make_topic("serve"), make_topic("tend", "beer")]
    assert decide([make_topic("serve")], after, kept)[1] == [
        "app.py:5: tend gets the address module.tend, at which a stage that has not been deployed since may "
        "still have what is now module.serve\n"
        f"    First deploy every stage without that and run {PRUNE}. Or choose another name, or let "
        f"Terraform destroy the earlier one with --replace module.tend: {LOST}."
    ]
    assert decide([make_topic("serve")], after, kept, replaced=("module.tend",)) == ({}, [])
    assert decide([make_topic("serve")], after) == ({}, [])  # once it is pruned


def test_rename_to_the_address_of_what_goes_names_the_steps() -> None:
    before = [make_topic("tend"), make_topic("serve", "beer")]
    assert decide(before, [make_topic("serve")])[1] == [
        "app.py:8: tend would move from module.tend to module.serve, where serve still is\n"
        "    First remove serve and deploy every stage, and then rename tend. Or destroy and create it with "
        f"--replace tend: {LOST}."
    ]


def test_used_address_of_a_source_has_no_handler() -> None:
    before = [("aws_sns_topic.a", Block("aws_sns_topic", "a-b", "", (), ()))]
    after = [
        ("aws_sns_topic.a", Block("aws_sns_topic", "a_b", "", (), ())),
        ("aws_sns_topic.b", Block("aws_sns_topic", "a-b", "", (), ())),
    ]
    assert decide(before, after)[1] == [
        "app.py: the app uses the address aws_sns_topic.a, from which aws_sns_topic.a moves to "
        "aws_sns_topic.b\n"
        f"    First rename only, deploy every stage and run {PRUNE}. Or choose another name, or let "
        "Terraform destroy the earlier one with --replace aws_sns_topic.a."
    ]


@pytest.mark.parametrize(
    ("renamed", "replaced", "problem"),
    [
        (
            {"tnd": "serve"},
            (),
            "--renamed tnd=serve: the rendered tree has no handler tnd\n"
            "    Its handlers are tend and tick. If it was rendered with this option already, leave the "
            "option out.",
        ),
        (
            {"tend": "srve"},
            (),
            "--renamed tend=srve: the app has no handler srve\n    Its handlers are serve and tick.",
        ),
        (
            {},
            ("tnd",),
            "--replace tnd: the rendered tree has no handler and no address tnd\n"
            "    Its handlers are tend and tick. If it was rendered with this option already, leave the "
            "option out.",
        ),
    ],
)
def test_unknown_name_in_an_answer(renamed: dict[str, str], replaced: tuple[str, ...], problem: str) -> None:
    before, after = [[make_topic(name), make_schedule("tick")] for name in ("tend", "serve")]
    assert decide(before, after, None, renamed, replaced)[1] == [problem]


def test_unknown_name_in_an_answer_for_an_empty_tree() -> None:
    assert decide([], [make_topic("tend")], replaced=("tnd",))[1] == [
        "--replace tnd: the rendered tree has no handler and no address tnd\n    It has no handlers. If it "
        "was rendered with this option already, leave the option out."
    ]
