"""What several stages find is said once; what they must share is compared by what the decorators say."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import Problem, RenderError
from domovoi_tf.model.application import Application
from domovoi_tf.rendering import stage_consistency
from domovoi_tf.rendering.templates import RenderedFile

REMEDY = (
    "All stages use one app/: write variable() or scoped() where a name differs by stage, "
    "and read in the handler what else does."
)


def app(source: str, **values: object) -> Application:
    made = Domovoi()
    exec(compile(source, "app.py", "exec"), {"app": made, **values})  # noqa: S102
    return made.freeze()


def differences(source: str, *values: object) -> list[str]:
    names = ("dev", "prod", "test")
    found = stage_consistency.differences({n: app(source, x=v) for n, v in zip(names, values, strict=False)})
    assert all(problem.remedy == REMEDY for problem in found)
    return [f"{problem.location}: {problem.message}" for problem in found]


def handler(argument: str) -> str:
    return f"@app.sns_topic_subscriber({argument})\ndef tend(event, context): ...\n"


def test_what_is_the_same_is_no_difference() -> None:
    source = "app.function('reports')\n" + handler("scoped('orders')")
    assert (
        stage_consistency.differences({"dev": app(source, scoped=scoped), "prod": app(source, scoped=scoped)})
        == ()
    )


@pytest.mark.parametrize(
    ("source", "values", "said"),
    [
        (handler("x"), ("a", "b"), "app.py:1: topic_name of tend is 'a' in stage dev, and 'b' in prod"),
        (
            handler("x"),
            (variable("arn"), scoped("b")),
            "app.py:1: topic_name of tend is variable('arn') in stage dev, and scoped('b') in prod",
        ),
        (
            handler("x"),
            ("a" * 80, "b"),
            f"app.py:1: topic_name of tend is '{'a' * 56}... in stage dev, and 'b' in prod",
        ),
        (
            "app.function('reports', memory_size=x)\n",
            (256, 512),
            "app.py:1: memory_size of the function reports is 256 in stage dev, and 512 in prod",
        ),
        (
            "app.function(x)\n",
            ("a", "b"),
            "app.py:1: the function a is declared in stage dev, and not in stage prod",
        ),
        (
            "app.register_state_machine({'StartAt': x})\n",
            ("A", "B"),
            "app.py:1: definition of the state machine default is {'StartAt': 'A'} in stage dev, "
            "and {'StartAt': 'B'} in prod",
        ),
        (
            f"if x:\n  @app.function_url()\n  def more(event, context): ...\n{handler(repr('t'))}",
            (False, True),
            "app.py:2: more is declared in stage prod, and not in stage dev",
        ),
    ],
)
def test_a_difference_names_handler_argument_and_stages(
    source: str, values: tuple[object, object], said: str
) -> None:
    assert said in differences(source, *values)


def test_handlers_of_a_loop_are_compared_one_by_one() -> None:
    source = "for name in x:\n    @app.sns_topic_subscriber(name)\n    def tend(event, context): ...\n"
    assert differences(source, ["a", "b"], ["a", "b"]) == []
    assert differences(source, ["a", "b"], ["a", "c"]) == [
        "app.py:2: topic_name of tend is 'b' in stage dev, and 'c' in prod"
    ]


def test_each_difference_is_said_once_however_many_stages_there_are() -> None:
    assert differences(handler("x"), "a", "b", "c") == [
        "app.py:1: topic_name of tend is 'a' in stage dev, and 'b' in prod"
    ]


def test_what_was_found_in_all_stages_says_nothing_of_them() -> None:
    assert stage_consistency.merged({"dev": ["a", "b", "b"], "test": ["b"], "prod": ["c", "b", "a"]}) == [
        ("a", " (stages dev, prod)"),
        ("b", ""),
        ("c", " (stage prod)"),
    ]


def test_problems_stay_in_the_order_of_the_source() -> None:
    def problem(line: int) -> Problem:
        return Problem(f"app.py:{line}", "wrong", "Correct it.")

    found = stage_consistency.problems({"dev": [problem(9), problem(20)], "prod": [problem(20), problem(10)]})
    assert [f"{p.location}: {p.message}" for p in found] == [
        "app.py:9: wrong (stage dev)",
        "app.py:10: wrong (stage prod)",
        "app.py:20: wrong",
    ]


def test_the_files_of_stages_are_one_tree() -> None:
    def files(stage: str, **more: str) -> list[RenderedFile]:
        texts = {"app/main.tf": "app", f"stages/{stage}/main.tf": stage, **more}
        return [RenderedFile(path, text.encode()) for path, text in texts.items()]

    tree = stage_consistency.together({"dev": files("dev"), "prod": files("prod")})
    assert [file.path for file in tree] == ["app/main.tf", "stages/dev/main.tf", "stages/prod/main.tf"]
    for other in ({"app/main.tf": "other"}, {"app/sns.tf": "more"}):
        with pytest.raises(RenderError) as raised:
            stage_consistency.together({"dev": files("dev"), "prod": files("prod", **other)})
        assert str(raised.value) == (
            f"The stages dev, prod would each have another {next(iter(other))}.\n{REMEDY}"
        )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"stages": {"test": {}, "prod": {}}}', ("test", "prod")),
        ('{"stages": {}}', ("dev",)),
        ("{}", ("dev",)),
        ('{"stages": 1}', ("dev",)),
        ("[", ("dev",)),
        (None, ("dev",)),
    ],
)
def test_all_stages_are_those_of_the_configuration(
    tmp_path: Path, text: str | None, names: tuple[str, ...]
) -> None:
    (tmp_path / ".chalice").mkdir()
    if text is not None:
        (tmp_path / ".chalice" / "config.json").write_text(text)
    assert stage_consistency.configured(tmp_path) == names
