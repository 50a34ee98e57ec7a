"""Strings with characters that no text has are refused in every argument of every decorator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from triggers.test_hostile_events import list_paths, replace_value
from triggers.test_triggers import COMPLETE, HERE, load

from domovoi_tf import Domovoi
from domovoi_tf.model.application import Application
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
HALF = "The string contains one half of a surrogate pair ('\\ud800'), which is not a character"
NUL = "The string contains a NUL character, which AWS rejects"


def list_texts(application: Application) -> Iterator[tuple[int, tuple[Any, ...], str]]:
    """Yields the number of each route with the path of each string in its arguments, and the string."""
    for number, route in enumerate(application.routes):
        values: dict[str, Any] = route.trigger.to_dict()
        for path in list_paths(values):
            text: Any = values
            for key in path:
                text = text[key]
            if isinstance(text, str):
                yield number, path, text


def replace_text(application: Application, number: int, path: tuple[Any, ...], text: str) -> Application:
    """Returns the application with another string in an argument of a route."""
    route = application.routes[number]
    trigger = type(route.trigger)(**replace_value(route.trigger.to_dict(), path, text))
    routes = [*application.routes]
    routes[number] = route.replace(trigger=trigger)
    return application.replace(routes=tuple(routes))


def spell_path(path: tuple[Any, ...]) -> str:
    name: str = {"handler_name": "name"}.get(path[0], path[0])
    return name + "".join(f"[{key!r}]" for key in path[1:])


@pytest.mark.parametrize("kind", COMPLETE)
@pytest.mark.parametrize(
    ("end", "message", "remedy"),
    [("\ud800", HALF, "Write the whole character."), ("\0", NUL, "Remove it.")],
)
def test_argument_with_half_a_character_or_nul_is_a_problem(
    kind: str, end: str, message: str, remedy: str
) -> None:
    application = load(HERE / kind / "app.py").app.freeze()
    assert list(list_texts(application))
    for number, path, text in list_texts(application):
        changed = replace_text(application, number, path, f"{text}{end}")
        location = str(application.routes[number].location)
        problems = [problem for problem in validate(changed, SETTINGS) if problem.location == location]
        expected = (f"{spell_path(path)}: {message}", remedy)
        # A state machine has the location of its tasks, and misses one of them now.
        assert (problems[0].message, problems[0].remedy) == expected
        assert kind == "state_machine" or len(problems) == 1
        find_warnings(changed, SETTINGS)


def test_key_and_function_with_half_a_character_are_problems() -> None:
    app = Domovoi()
    app.function("\ud800")

    @app.scheduled_function("rate(1 day)", input={"a": {"b\ud800": [1, "c\0"]}})
    def tend(event: Any, context: Any) -> None: ...

    problems = validate(app.freeze(), SETTINGS)
    assert [(each.message, each.remedy) for each in problems] == [
        (f"name: {HALF}", "Write the whole character."),
        (f"input['a']: {HALF}", "Write the whole character."),
    ]


@pytest.mark.parametrize(
    ("attribute", "text", "remedy"),
    [
        ("VisibilityTimeout", "9" * 5000, "Use a whole number from 0 to 43200."),
        ("RedrivePolicy", "[" * 100_000, "Use a JSON object."),
        ("Policy", f'{{"a": {"9" * 5000}}}', "Use a JSON object."),
    ],
    ids=["digits", "deep", "digits in JSON"],
)
def test_attribute_that_python_cannot_parse_is_a_problem(attribute: str, text: str, remedy: str) -> None:
    app = Domovoi()
    app.sqs_queue_subscriber("a", queue_attributes={attribute: text})(handle)
    problems = validate(app.freeze(), SETTINGS)
    message = f"queue_attributes: {attribute} is {text!r}"
    assert [(each.message, each.remedy) for each in problems] == [
        (f"{message[:600]} ... {message[-600:]}", remedy)
    ]


@pytest.mark.parametrize("form", ["cron({} * * * ? *)", "cron(*/{} * * * ? *)", "cron(1-{} * * * ? *)"])
def test_schedule_with_more_digits_than_python_parses_is_a_problem(form: str) -> None:
    schedule = form.format("9" * 5000)
    app = Domovoi()
    app.scheduled_function(schedule)(handle)
    problems = validate(app.freeze(), SETTINGS)
    assert problems[0].message.startswith(f"the schedule {schedule!r} "[:600])


def handle(event: Any, context: Any) -> None: ...
