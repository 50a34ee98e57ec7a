"""Results of several stages are merged, and stages that disagree on the shared app are rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.model.application import Application
from domovoi_tf.rendering import stage_consistency
from domovoi_tf.rendering.templates import RenderedFile

INPUT_REMEDY = (
    "All stages share one app/, and so its variables and their defaults. Declare the same in every stage: "
    "each "
    "can set another value with TF_VAR_<name> or in its terraform.tfvars."
)
REMEDY = (
    "All stages share one app/. Use variable() or scoped() for names that differ by stage, "
    "and let handlers read other values from their environment."
)


def declare(source: str, **values: object) -> Application:
    app = Domovoi()
    exec(compile(source, "app.py", "exec"), {"app": app, **values})  # noqa: S102
    return app.freeze()


def find_differences(source: str, *values: object) -> list[str]:
    names = ("dev", "prod", "test")
    problems = stage_consistency.find_differences(
        {n: declare(source, x=v) for n, v in zip(names, values, strict=False)}
    )
    expected = INPUT_REMEDY if source.startswith("app.variable(") else REMEDY
    assert all(problem.remedy == expected for problem in problems)
    return [f"{problem.location}: {problem.message}" for problem in problems]


def write_handler(argument: str) -> str:
    return f"@app.sns_topic_subscriber({argument})\ndef tend(event, context): ...\n"


def test_equal_declarations_do_not_differ() -> None:
    source = "app.function('reports')\n" + write_handler("scoped('orders')")
    assert (
        stage_consistency.find_differences(
            {"dev": declare(source, scoped=scoped), "prod": declare(source, scoped=scoped)}
        )
        == ()
    )


@pytest.mark.parametrize(
    ("source", "values", "message"),
    [
        (
            write_handler("x"),
            ("a", "b"),
            "app.py:1: topic_name of tend is 'a' in stage dev, but 'b' in stage prod",
        ),
        (
            write_handler("x"),
            (variable("arn"), scoped("b")),
            "app.py:1: topic_name of tend is variable('arn') in stage dev, but scoped('b') in stage prod",
        ),
        (
            write_handler("x"),
            ("a" * 80, "b"),
            f"app.py:1: topic_name of tend is '{'a' * 56}... in stage dev, but 'b' in stage prod",
        ),
        (
            "app.function('reports', memory_size=x)\n",
            (256, 512),
            "app.py:1: memory_size of the function reports is 256 in stage dev, but 512 in stage prod",
        ),
        (
            "app.function(x)\n",
            ("a", "b"),
            "app.py:1: the function a is declared in stage dev, but not in stage prod",
        ),
        (
            "app.variable('endpoint', default=x)\n",
            ("a", None),
            "app.py:1: default of variable('endpoint') is 'a' in stage dev, but None in stage prod",
        ),
        (
            "app.variable('api_token', default=x)\n",
            ("hunter2", "hunter3"),
            "app.py:1: default of variable('api_token') is a value that may be secret in stage dev, but a "
            "value that may be secret in stage prod",
        ),
        (
            "app.variable('endpoint', sensitive=x)\n",
            (True, False),
            "app.py:1: sensitive of variable('endpoint') is True in stage dev, but False in stage prod",
        ),
        (
            "app.variable(x)\n",
            ("a", "b"),
            "app.py:1: variable('a') is declared in stage dev, but not in stage prod",
        ),
        (
            "app.register_state_machine({'StartAt': x})\n",
            ("A", "B"),
            "app.py:1: definition of the state machine default is {'StartAt': 'A'} in stage dev, "
            "but {'StartAt': 'B'} in stage prod",
        ),
        (
            f"if x:\n  @app.function_url()\n  def more(event, context): ...\n{write_handler(repr('t'))}",
            (False, True),
            "app.py:2: more is declared in stage prod, but not in stage dev",
        ),
    ],
)
def test_difference_names_handler_argument_and_stages(
    source: str, values: tuple[object, object], message: str
) -> None:
    assert message in find_differences(source, *values)


def test_handlers_of_a_loop_are_compared_one_by_one() -> None:
    source = "for name in x:\n    @app.sns_topic_subscriber(name)\n    def tend(event, context): ...\n"
    assert find_differences(source, ["a", "b"], ["a", "b"]) == []
    assert find_differences(source, ["a", "b"], ["a", "c"]) == [
        "app.py:2: tend-sns-b is declared in stage dev, but not in stage prod",
        "app.py:2: tend-sns-c is declared in stage prod, but not in stage dev",
    ]


def test_difference_is_reported_once_for_any_number_of_stages() -> None:
    assert find_differences(write_handler("x"), "a", "b", "c") == [
        "app.py:1: topic_name of tend is 'a' in stage dev, but 'b' in stage prod"
    ]


def test_merged_items_name_their_stages_unless_all_have_them() -> None:
    assert stage_consistency.merge_by_stage(
        {"dev": ["a", "b", "b"], "test": ["b"], "prod": ["c", "b", "a"]}
    ) == [
        ("a", " (stages dev, prod)"),
        ("b", ""),
        ("c", " (stage prod)"),
    ]


def test_merged_problems_are_in_the_order_of_the_source() -> None:
    def build_problem(line: int) -> Problem:
        return Problem(f"app.py:{line}", "wrong", "Correct it.")

    found = stage_consistency.merge_problems(
        {"dev": [build_problem(9), build_problem(20)], "prod": [build_problem(20), build_problem(10)]}
    )
    assert [f"{p.location}: {p.message}" for p in found] == [
        "app.py:9: wrong (stage dev)",
        "app.py:10: wrong (stage prod)",
        "app.py:20: wrong",
    ]


def test_files_of_stages_are_merged_if_they_agree_on_the_app() -> None:
    def files(stage: str, **more: str) -> list[RenderedFile]:
        texts = {"app/main.tf": "app", f"stages/{stage}/main.tf": stage, **more}
        return [RenderedFile(path, text.encode()) for path, text in texts.items()]

    tree = stage_consistency.merge_files({"dev": files("dev"), "prod": files("prod")})
    assert [file.path for file in tree] == ["app/main.tf", "stages/dev/main.tf", "stages/prod/main.tf"]
    for other in ({"app/main.tf": "other"}, {"app/sns.tf": "more"}):
        with pytest.raises(RenderError) as raised:
            stage_consistency.merge_files({"dev": files("dev"), "prod": files("prod", **other)})
        assert str(raised.value) == (
            f"The stages dev, prod need different versions of {next(iter(other))}.\n{REMEDY}"
        )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"stages": {"test": {}, "prod": {}}}', ("test", "prod")),
        ('{"stages": {}}', ()),
        ("{}", ()),
        ('{"stages": 1}', ()),
        ("[", ()),
        (None, ()),
    ],
)
def test_configured_stages_may_be_missing(tmp_path: Path, text: str | None, names: tuple[str, ...]) -> None:
    (tmp_path / ".chalice").mkdir()
    if text is not None:
        (tmp_path / ".chalice" / "config.json").write_text(text)
    assert stage_consistency.list_configured_stages(tmp_path) == names
