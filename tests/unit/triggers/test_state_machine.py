"""State machines: problems of declarations, permissions, events of tasks, and executions."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from domovoi_tf import DispatchError, Domovoi, DomovoiError
from domovoi_tf.cli.project.show import show
from domovoi_tf.errors import ValidationError
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis import stack
from domovoi_tf.synthesis.app_module import find_used_kinds, synthesize
from domovoi_tf.system import assets
from domovoi_tf.triggers.state_machine import Task
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
LANGUAGE = "\n    Correct it as the Amazon States Language requires: https://states-language.net/spec.html"
GRANT = (
    '\n    Declare them: app.register_state_machine(..., policy=[{"Effect": "Allow", "Action": [...], '
    '"Resource": [...]}]).'
)
ARN = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bar-dev"
COMPARE = 'Compare the text of an environment variable: os.environ["NAME"] == "true".'
WORK = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "End": True}}}


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "WORK": WORK}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def machine(first: str, /, options: Any = "", **states: object) -> str:
    return f"app.register_state_machine({ {'StartAt': first, 'States': states} }{options})\n"


def task(state: str, definition: str = "WORK", name: str = "work", more: str = "") -> str:
    return f"@app.step_function_task({state!r}, {definition}{more})\ndef {name}(event, context): ...\n"


def integration(resource: str, **arguments: object) -> str:
    return machine("A", A={"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True})


END: dict[str, Any] = {"Type": "Pass", "End": True}
LONG = "s" * 81


@pytest.mark.parametrize(
    "source",
    [
        task("Work"),
        task("Work", more=", state_machine_name='m'"),
        task("Work", more=f", state_machine_name={'a' * 72!r}"),
        task("Work") + task("Work", "{**WORK, 'Comment': 'other'}", "other", ", state_machine_name='other'"),
        "m = app.register_state_machine(WORK, 'm')\n" + task("Work", "m"),
        task("Work") + "app.register_state_machine(WORK, type='EXPRESS', log_level='ALL', tracing=False)\n",
        machine("s" * 80, **{"s" * 80: END}),
        machine(
            "A",
            A={"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True},
            options=", policy=[{'Effect': 'Allow', 'Action': 'ecs:RunTask', 'Resource': '*'}]",
        ),
        "app.function('f')\n" + task("Work", more=", function='f'"),
        machine("A", A={**END, "Comment": "x" * 1048459}),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        # states and their names
        (
            machine("B", A=END),
            "app.py:1: StartAt is 'B', but there is no state of this name\n    Use one of: A.",
        ),
        (
            machine("A", A={"Type": "Pass", "Next": "Worker1"}, Worker=END),
            "app.py:1: A: Next is 'Worker1', but there is no state of this name at its level\n"
            "    Did you mean 'Worker'?",
        ),
        (
            machine("A", A={"Type": "Pass"}, B={"Type": "Succeed"}, C={"Type": "Pass", "Next": "B"}),
            "app.py:1: A: the state has neither Next nor End\n"
            '    Set "Next" to the name of a state, or "End" to true.',
        ),
        (
            machine(
                "A", A={"Type": "Pass", "Next": "A"}, B={"Type": "Succeed"}, C={"Type": "Pass", "Next": "B"}
            ),
            "app.py:1: B: the state cannot be reached from StartAt\n"
            "    Name it in the Next field of a reachable state, or remove it.\n"
            "app.py:1: C: the state cannot be reached from StartAt\n"
            "    Name it in the Next field of a reachable state, or remove it.\n"
            "app.py:1: none of the states that can be reached from StartAt is an end\n"
            '    Set "End": true in one of them, or add a state of type Succeed.',
        ),
        (
            machine(
                "Threadpool",
                Threadpool={
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [
                        {"StartAt": "Worker1", "States": {"Worker1": END}},
                        {"StartAt": "Worker2", "States": {"Worker2": {"Type": "Pass", "Next": "Worker1"}}},
                        {"StartAt": "Worker1", "States": {"Worker1": END}},
                    ],
                },
            ),
            "app.py:1: Threadpool.Branches[1].Worker2: Next is 'Worker1', but there is no state of this "
            "name at its level\n"
            "    Did you mean 'Worker2'?\n"
            "app.py:1: Threadpool.Branches[2].Worker1: the state's name 'Worker1' is already taken by "
            "Threadpool.Branches[0].Worker1\n"
            "    Rename one of them: names are unique in the whole state machine.",
        ),
        (
            machine(
                "Which",
                Which={
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Here"}],
                    "Default": "There",
                },
                Do={**END, "Type": "Task", "Resource": ARN, "Catch": [{"ErrorEquals": ["A"], "Next": "No"}]},
            ),
            "app.py:1: Which: Default is 'There', but there is no state of this name at its level\n"
            "    Use one of: Do, Which.\n"
            "app.py:1: Which: Choices[0].Next is 'Here', but there is no state of this name at its level\n"
            "    Use one of: Do, Which.\n"
            "app.py:1: Do: Catch[0].Next is 'No', but there is no state of this name at its level\n"
            "    Use one of: Do, Which.",
        ),
        (
            machine(LONG, **{LONG: END}),
            f"app.py:1: {LONG}: the state's name has 81 characters\n    Shorten it to at most 80 characters.",
        ),
        (
            machine("M", M={"Type": "Map", "ItemProcessor": {"StartAt": "A", "States": {}}, "End": True}),
            "app.py:1: M.ItemProcessor: it has no States\n"
            '    Write "StartAt" and "States": {"First": {...}}.',
        ),
        # tasks and their handlers
        (
            task("Work") + task("Worker", name="other"),
            "app.py:3: the state machine has no state 'Worker'\n    Did you mean 'Work'?",
        ),
        (
            task("Work") + task("Work", name="other"),
            "app.py:3: other and work (app.py:1) both handle state_machine default/Work\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        (
            "app.function('f')\n" + task("Work") + task("Work", name="other", more=", function='f'"),
            "app.py:4: other and work (app.py:2) both handle state_machine default/Work\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        (
            task("A", repr({"StartAt": "A", "States": {"A": END}})),
            "app.py:1: the state 'A' has the type Pass, but only a state of type Task can have a handler\n"
            "    Decorate the handler with the name of a state of type Task, or change the type of this one.",
        ),
        (
            machine("A", A={"Type": "Task", "Resource": None, "End": True}),
            "app.py:1: A: the task has neither a handler nor a Resource\n"
            '    Decorate a handler with @app.step_function_task("A", ...), or set Resource to an ARN.',
        ),
        (
            task("A", repr({"StartAt": "A", "States": {"A": {**END, "Type": "Task", "Resource": ARN}}})),
            f"app.py:1: A: the task has both a handler and the Resource {ARN!r}\n    Remove one of them.",
        ),
        (
            task(
                "A",
                repr(
                    {
                        "StartAt": "A",
                        "States": {
                            "A": {
                                "Type": "Task",
                                "Resource": "arn:aws:states:::lambda:invoke",
                                "Parameters": {"FunctionName": "f"},
                                "End": True,
                            }
                        },
                    }
                ),
            ),
            "app.py:1: A: the task has both a handler and a FunctionName\n    Remove one of them.",
        ),
        (
            task(
                "A",
                repr(
                    {
                        "QueryLanguage": "JSONata",
                        "StartAt": "A",
                        "States": {
                            "A": {
                                "Type": "Task",
                                "Resource": "arn:aws:states:::lambda:invoke",
                                "Arguments": "{% $x %}",
                                "End": True,
                            }
                        },
                    }
                ),
            ),
            "app.py:1: A: Arguments of the invocation is '{% $x %}', not a dict\n"
            '    Use a dict with the handler\'s input: {"Payload": ...}.',
        ),
        # the machine
        (
            "app.register_state_machine(WORK, 5)\napp.register_state_machine(WORK, ['a'])\n",
            "app.py:1: name is 5\n    Use a string.\napp.py:2: name is a list\n    Use a string.",
        ),
        (
            task("Work") + task("Work", "{**WORK, 'Comment': 'other'}", "other"),
            "app.py:3: other and work (app.py:1) both handle state_machine default/Work\n"
            "    Keep one handler and call the other from it, or give each its own source.\n"
            "app.py:3: the state machine without a name is already declared at app.py:1, with another "
            "definition\n"
            "    Give one of them a name.",
        ),
        (
            machine("A", ", 'm'", A=END) + machine("B", ", 'm'", B=END),
            "app.py:2: the state machine 'm' is already declared at app.py:1, with another definition\n"
            "    Give one of them another name.",
        ),
        (
            # What else is wrong with a second one of the name is for when it has its own.
            machine("A", ", 'a.b'", A=END) + machine("B", ", 'a.b', policy=[{'Resource': {1}}]", C=END),
            "app.py:1: 'a.b' is not a valid state machine name\n    Use letters, digits, - and _ only.\n"
            "app.py:2: policy[0]['Resource'] is a set\n"
            "    Use None, booleans, numbers, strings, lists and dicts with string keys.\n"
            "app.py:2: the state machine 'a.b' is already declared at app.py:1, with another definition\n"
            "    Give one of them another name.",
        ),
        (
            machine("A", ", 'a.b'", A=END),
            "app.py:1: 'a.b' is not a valid state machine name\n    Use letters, digits, - and _ only.",
        ),
        (
            machine("A", f", {'a' * 73!r}", A=END),
            f"app.py:1: the state machine name 'bar-dev-{'a' * 73}' has 81 characters\n"
            "    AWS allows at most 80.",
        ),
        (
            machine("A", ", type='FAST', log_level='DEBUG', include_execution_data=1, tracing='yes'", A=END),
            "app.py:1: include_execution_data is 1\n    Use True or False.\n"
            f"app.py:1: tracing is 'yes'\n    Use True or False. {COMPARE}\n"
            "app.py:1: type is 'FAST', which AWS does not know\n    Use one of STANDARD, EXPRESS.\n"
            "app.py:1: log_level is 'DEBUG', which AWS does not know\n    Use one of ALL, ERROR, FATAL, "
            "OFF.",
        ),
        (
            machine("A", ", policy='s3:*'", A=END),
            "app.py:1: policy is 's3:*'\n"
            '    Use a list: [{"Effect": "Allow", "Action": ["ecs:RunTask"], "Resource": ["arn:..."]}].',
        ),
        (
            machine("A", ", policy=[{'Resource': {1}}]", A=END),
            "app.py:1: policy[0]['Resource'] is a set\n"
            "    Use None, booleans, numbers, strings, lists and dicts with string keys.",
        ),
        (
            "app.register_state_machine(5)\n",
            "app.py:1: definition is 5\n"
            '    Use a dict: {"StartAt": "First", "States": {"First": {...}}}, or the path of a file.',
        ),
        (
            machine("A", A={**END, "Result": {1: "a"}})
            + machine("B", ", 'b'", B={**END, "Result": {"b": {2}}}),
            "app.py:1: definition['States']['A']['Result'] is a dict with the key 1\n"
            "    Use strings as keys.\n"
            "app.py:2: definition['States']['B']['Result']['b'] is a set\n"
            "    Use None, booleans, numbers, strings, lists and dicts with string keys.",
        ),
        (
            machine("A", A={**END, "Result": {"\ud800": 1, "d": "\ud800"}}),
            "app.py:1: States.A.Result: the key '\\ud800' has one half of a surrogate pair\n"
            "    Write the whole character.\n"
            "app.py:1: States.A.Result.d: JSON cannot represent '\\ud800'\n"
            "    Use None, booleans, finite numbers, strings of whole characters, lists and dicts.",
        ),
        (
            "app.register_state_machine({'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'End': True, "
            "'Comment': 'x' * 1048576}}})\n",
            "app.py:1: the definition has 1,048,693 bytes, but AWS accepts at most 1,048,576\n"
            "    Shorten it, or move a part of it into a state machine that this one starts.",
        ),
        (
            machine(
                "A",
                ", type='EXPRESS'",
                A={"Type": "Task", "Resource": "arn:aws:states:eu-west-1:1:activity:a", "Next": "B"},
                B={
                    "Type": "Map",
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                        "StartAt": "C",
                        "States": {"C": END},
                    },
                    "End": True,
                },
            ),
            "app.py:1: A: a state machine of type EXPRESS does not support activities\n"
            '    Register the machine with type="STANDARD".\n'
            "app.py:1: B: a state machine of type EXPRESS does not support distributed maps\n"
            '    Register the machine with type="STANDARD".',
        ),
        (
            machine(
                "A",
                ", type='EXPRESS'",
                A={
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                    "Parameters": {"MessageBody.$": "$$.Task.Token"},
                    "Next": "B",
                },
                B={"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True},
            ),
            "app.py:1: A: a state machine of type EXPRESS does not support .waitForTaskToken\n"
            '    Register the machine with type="STANDARD".\n'
            "app.py:1: B: a state machine of type EXPRESS does not support .sync\n"
            '    Register the machine with type="STANDARD".\n'
            "app.py:1: A: cannot derive the permissions that sqs:sendMessage needs: its QueueUrl is known "
            f"only at run time{GRANT}\n"
            "app.py:1: B: cannot derive the permissions that arn:aws:states:::glue:startJobRun.sync needs"
            + GRANT,
        ),
        # the language
        (
            machine("A", A={**END, "Parameters": {"x.$": "States.Formatt('a')", "y.$": "$.y", "z.$": "$z"}}),
            'app.py:1: A: Field "x.$" of Parameters is not a JSONPath or intrinsic function expression'
            + LANGUAGE,
        ),
        (
            machine("A", A={**END, "Foo": 1, "ResultPath": "x"}),
            'app.py:1: A: ResultPath is "x" but should be a Reference Path' + LANGUAGE + "\n"
            'app.py:1: A: Field "Foo" not allowed' + LANGUAGE,
        ),
        (
            machine("A", A={"Type": "Wait", "End": True}),
            'app.py:1: A: it does not have required field from ["Seconds", "SecondsPath", "Timestamp", '
            '"TimestampPath"]' + LANGUAGE,
        ),
        (
            machine("A", A={**END, "QueryLanguage": "JSONata", "Output": {"a": ["{% $foo( %}"]}}),
            "app.py:1: A: '{% $foo( %}' is not a valid JSONata expression: Expected ) before end of "
            "expression" + LANGUAGE,
        ),
        (
            machine("A", A={**END, "QueryLanguage": "JSONata", "Output": "{% 1 ! 2 %}"}),
            "app.py:1: A: '{% 1 ! 2 %}' is not a valid JSONata expression: it ends too early or has an "
            "unknown operator" + LANGUAGE,
        ),
        (
            machine("A", A={**END, "QueryLanguage": "JSONata", "Output": f"{{% {'(' * 100_000} %}}"}),
            f"app.py:1: A: '{{% {'(' * 37}'... is a JSONata expression that is nested too deeply to be "
            "checked" + LANGUAGE,
        ),
        # what other services need
        (
            integration("arn:aws:states:::ecs:runTask.sync"),
            "app.py:1: A: cannot derive the permissions that arn:aws:states:::ecs:runTask.sync needs" + GRANT,
        ),
        (
            integration("arn:aws:states:::aws-sdk:s3:listX"),
            "app.py:1: A: cannot derive the permissions that arn:aws:states:::aws-sdk:s3:listX needs" + GRANT,
        ),
        (
            integration("arn:aws:states:::sns:publish", **{"TopicArn.$": "$.topic"}),
            "app.py:1: A: cannot derive the permissions that sns:publish needs: its TopicArn is known only "
            "at run time" + GRANT,
        ),
        (
            integration("arn:aws:states:::lambda:invoke", **{"FunctionName.$": "$.f"}),
            "app.py:1: A: cannot derive the permissions that lambda:invoke needs: its FunctionName is "
            "known only at run time" + GRANT,
        ),
    ],
)
def test_report_names_the_path_of_the_state(source: str, report: str) -> None:
    assert find_problems(source) == report


def test_every_definition_is_linted() -> None:
    """It has no exception for any of these, and neither have we."""
    values: list[object] = [None, 5, "x", [], {}, [{}], {"a": 5}, True]
    fields = """
    Type Next Choices Catch Retry Branches Iterator ItemProcessor Parameters Resource ItemReader ResultWriter
    States StartAt Default InputPath Arguments Entries
    """.split()  # noqa: SIM905
    for kind in ("Task", "Map", "Parallel", "Choice", "Pass"):
        for field in fields:
            for value in values:
                state = {"Type": kind, "End": True, field: value}
                find_problems(machine("A", A=state))
                given = {"Resource": "arn:aws:states:::lambda:invoke", **state}
                find_problems(task("A", repr({"StartAt": "A", "States": {"A": given}})))
    for value in values:
        find_problems(f"app.register_state_machine({ {'StartAt': value, 'States': value} })")
        find_problems(machine("A", A=value))
        find_problems(f"app.register_state_machine({ {**WORK, 'QueryLanguage': value} })")


# What is declared.


def make_handler(name: str) -> Any:
    def handle(event: Any, context: Any) -> Any:
        return name, event, getattr(context, "stepfunctions_task_name", None)

    handle.__name__ = name
    return handle


def list_machines(application: Application) -> dict[str, Any]:
    return {machine.name: machine.definition for machine in application.state_machines}


def list_keys(app: Domovoi) -> dict[str, str]:
    return {route.trigger.key(route.handler): route.handler for route in app.freeze().routes}


def test_state_machine_is_identified_by_its_definition_or_its_name() -> None:
    app, other = Domovoi(), {**WORK, "Comment": "other"}
    app.step_function_task("Work", WORK)(make_handler("a"))
    app.step_function_task("Work", dict(other))(make_handler("b"))
    bottling = app.register_state_machine(other, "bottling")
    app.step_function_task("More", bottling)(make_handler("c"))
    app.step_function_task("Work", other, state_machine_name="third")(make_handler("d"))
    assert list_machines(app.freeze()) == {"default": WORK, "bottling": other, "third": other}
    assert list_keys(app) == {
        "default/Work": "a",
        "bottling/Work": "b",
        "bottling/More": "c",
        "third/Work": "d",
    }


def test_task_without_a_name_belongs_to_a_machine_that_a_later_task_names() -> None:
    app = Domovoi()
    app.step_function_task("Work", WORK)(make_handler("a"))
    app.step_function_task("More", WORK, state_machine_name="bottling")(make_handler("b"))
    assert list_machines(app.freeze()) == {"bottling": WORK}
    assert list_keys(app) == {"bottling/Work": "a", "bottling/More": "b"}


def test_definition_may_change_until_the_app_is_complete() -> None:
    app, work, states = Domovoi(), make_handler("work"), dict[str, Any]()
    definition = {"StartAt": "W0", "States": states}
    for number in range(3):
        states[f"W{number}"] = {"Type": "Task", "End": True}
        app.step_function_task(f"W{number}", definition)(work)
    assert list_machines(app.freeze()) == {"default": definition}
    assert len(app.freeze().routes) == 3


def test_definition_may_have_a_function_in_place_of_its_arn() -> None:
    app, work = Domovoi(), make_handler("work")
    wait = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    app.register_state_machine(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Task", "Resource": work, "Next": "B"},
                "B": {
                    "Type": "Task",
                    "Resource": wait,
                    "Parameters": {"FunctionName": make_handler("ask"), "Payload": 1},
                },
                "C": {
                    "Type": "Map",
                    "Iterator": {"StartAt": "D", "States": {"D": {"Type": "Task", "Resource": work}}},
                },
            },
        },
        function="f",
    )
    assert list_keys(app) == {"default/A": "work", "default/B": "ask", "default/D": "work"}
    assert {route.trigger.function for route in app.freeze().routes} == {"f"}
    states = app.freeze().state_machines[0].definition["States"]
    assert states["A"] == {"Type": "Task", "Next": "B"}
    assert states["B"] == {"Type": "Task", "Resource": wait, "Parameters": {"Payload": 1}}
    assert states["C"]["Iterator"]["States"]["D"] == {"Type": "Task"}


def test_package_has_the_kind_if_there_is_a_state_machine() -> None:
    app = Domovoi()
    app.sqs_queue_subscriber("q")(make_handler("q"))
    assert find_used_kinds(app.freeze()) == {"sqs"}
    app.register_state_machine(WORK)
    assert find_used_kinds(app.freeze()) == {"sqs", "state_machine"}


# What handlers get.


def test_handler_receives_its_input_and_the_name_of_its_state() -> None:
    app = Domovoi()
    app.step_function_task("Work", WORK)(make_handler("work"))
    context = SimpleNamespace()
    for event in ({"a": 1}, 5, None, [1], {"Records": [1]}):
        wire = {"domovoi_task": "default/Work", "input": event}
        assert app(wire, context) == ("work", event, "Work")
    assert app({"domovoi_task": "default/Work", "input": 1}, None) == ("work", 1, None)


def test_handler_of_several_states_receives_the_name_of_each() -> None:
    app, work = Domovoi(), make_handler("work")
    for name in ("A", "B/C"):
        app.step_function_task(name, WORK)(work)
    for name in ("A", "B/C"):
        assert app({"domovoi_task": f"default/{name}", "input": 1}, SimpleNamespace()) == ("work", 1, name)


def test_error_about_a_state_without_a_handler_does_not_show_the_input() -> None:
    app = Domovoi()
    app.step_function_task("Work", WORK)(make_handler("work"))
    with pytest.raises(DispatchError) as caught:
        app({"domovoi_task": "default/Play", "input": "secret"}, None)
    assert str(caught.value) == (
        "No handler for the state_machine source 'default/Play'.\n"
        "Sources with a handler in this function: state_machine default/Work."
    )


def test_event_of_domovoi_is_identified_by_the_alias() -> None:
    app, other = Domovoi(), {**WORK, "Comment": "other"}
    app.step_function_task("Work", other, state_machine_name="a")(make_handler("a"))
    app.step_function_task("Only", other, state_machine_name="a")(make_handler("only"))
    app.step_function_task("Work", WORK)(make_handler("work"))
    events: list[object] = [{"input": 1}, 5, None, {"Records": [{"a": 1}]}, {"Records": []}]
    for event in events:
        for state, name in (("Work", "work"), ("Only", "only")):
            context = SimpleNamespace(invoked_function_arn=f"{ARN}:domovoi-stepfunctions-task-{state}")
            assert app(event, context) == (name, event, state)
    context = SimpleNamespace(invoked_function_arn=f"{ARN}:domovoi-stepfunctions-task-Play")
    with pytest.raises(DispatchError, match="No handler for the state_machine source 'default/Play'"):
        app({"secret": 1}, context)
    context = SimpleNamespace(invoked_function_arn=f"{ARN}:live")
    assert app({"domovoi_task": "default/Work", "input": 1}, context) == ("work", 1, "Work")


# What handlers start.


class Client:
    """Step Functions, as far as it is called."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def start_execution(self, **arguments: Any) -> dict[str, Any]:
        self.calls.append(arguments)
        return {"executionArn": "e"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    found = Client()
    monkeypatch.setattr("boto3.client", lambda service: {"stepfunctions": found}[service])
    monkeypatch.setenv("DOMOVOI_TF_NAME", "bar-dev")
    return found


def test_handlers_start_executions_by_the_name_of_the_state_machine(client: Client) -> None:
    app = Domovoi()

    @app.step_function_task("Work", WORK)
    def work(event: Any, context: Any) -> Any:
        app.state_machines["other"].start_named_execution("monday", name="x", execution_name="y")
        return app.state_machine.start_execution(n=event)

    app.register_state_machine({**WORK, "Comment": "other"}, "other")
    context = SimpleNamespace(invoked_function_arn=f"{ARN}:7")
    assert app({"domovoi_task": "default/Work", "input": 5}, context) == {"executionArn": "e"}
    prefix = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:bar-dev"
    first, second = client.calls
    assert first == {
        "stateMachineArn": f"{prefix}-other",
        "name": "monday",
        "input": json.dumps({"name": "x", "execution_name": "y"}),
    }
    assert second == {"stateMachineArn": prefix, "input": '{"n": 5}'}


def test_name_of_an_execution_can_be_a_keyword(client: Client) -> None:
    app = Domovoi()
    machine = app.register_state_machine(WORK)
    app.lambda_context = SimpleNamespace(invoked_function_arn=ARN)
    machine.start_named_execution(name="monday", n=1)
    (call,) = client.calls
    assert (call["name"], call["input"]) == ("monday", '{"n": 1}')
    with pytest.raises(TypeError) as raised:
        machine.start_named_execution(n=1)
    assert str(raised.value) == (
        "start_named_execution() needs the name of the execution as its first argument"
    )
    assert len(client.calls) == 1


def test_only_state_machine_needs_no_name() -> None:
    app = Domovoi()
    app.register_state_machine(WORK, "only")
    assert app.state_machine.machine.name == "only"
    app.register_state_machine({**WORK, "Comment": "other"}, "other")
    with pytest.raises(DomovoiError) as caught:
        _ = app.state_machine
    assert str(caught.value) == "The app has no state machine 'default'.\nIt has: only, other."
    assert "other" in app.state_machines
    with pytest.raises(DomovoiError) as caught:
        _ = app.state_machines["third"]
    assert str(caught.value) == "The app has no state machine 'third'.\nIt has: only, other."


def test_error_says_that_an_app_has_no_state_machine() -> None:
    with pytest.raises(DomovoiError) as caught:
        _ = Domovoi().state_machine
    assert (
        str(caught.value)
        == "The app has no state machine 'default'.\nDeclare one: app.register_state_machine(...)."
    )


def test_arn_is_unknown_outside_a_handler(client: Client) -> None:
    app = Domovoi()
    started = app.register_state_machine(WORK)
    with pytest.raises(DomovoiError) as caught:
        started.start_execution()
    assert str(caught.value) == (
        "The ARN of the state machine default is known only inside a deployed handler.\n"
        "Start executions while a handler runs: its context has the ARN that this one derives from."
    )
    assert client.calls == []


# Definitions in files.

APP = "import domovoi_tf\napp = domovoi_tf.Domovoi()\n"
JSON = json.dumps(WORK)
YAML = "StartAt: Work\nStates:\n  Work: {Type: Task, End: true}\n"


def load_definition(folder: Path, path: str, text: str | bytes) -> Application:
    (folder / "app.py").write_text(
        f"{APP}@app.step_function_task('Work', {path!r})\ndef work(event, context): ...\n"
    )
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(text.encode() if isinstance(text, str) else text)
    return loader.load(folder)


@pytest.mark.parametrize(
    ("path", "text"),
    [("pipeline.asl.json", JSON), ("machines/pipeline.yaml", YAML), ("pipeline.yml", YAML)],
)
def test_definition_may_be_a_file(path: str, text: str, tmp_path: Path) -> None:
    application = load_definition(tmp_path, path, text)
    assert list_machines(application) == {"default": WORK}
    assert application.state_machines[0].file == path
    assert validate(application, SETTINGS) == ()


@pytest.mark.parametrize(
    ("path", "text", "report"),
    [
        (
            "pipeline.txt",
            "",
            "app.py:3: the definition 'pipeline.txt' is not the name of a JSON or YAML file\n"
            "    Pass a dict, or the path of a .json, .yaml or .yml file relative to the project's folder.",
        ),
        (
            "a.json",
            '{"StartAt": "A",\n}',
            "app.py:3: a.json: line 1, column 16: there is a comma after the last item\n"
            "    Remove the comma.",
        ),
        (
            "a.json",
            '{"A": 1, "A": 2}',
            "app.py:3: a.json: line 1, column 10: $.A: this key is also in line 1\n"
            "    Only the last one would count: remove one of them.",
        ),
        (
            "a.yaml",
            "A: 1\nA: 2\n",
            "app.py:3: a.yaml: line 2, column 1: the key 'A' is also in line 1; only one can count\n"
            "    Correct the file.",
        ),
        (
            "a.yaml",
            "A: [\n",
            "app.py:3: a.yaml: line 2, column 1: this is not valid YAML: expected the node content, but "
            "found the end of the file while parsing a flow node of line 2\n    Correct the file.",
        ),
        (
            "a.json",
            b"\xff",
            "app.py:3: a.json: line 1, column 1: this is not UTF-8 text: it has the byte 0xff\n"
            "    Save the file as UTF-8.",
        ),
        (
            "a.json",
            '{"StartAt": "A", "States": {"A": {"Type": "Pass"}, "Work": {"Type": "Task", "End": true}}}',
            "app.py:3: a.json: A: the state has neither Next nor End\n"
            '    Set "Next" to the name of a state, or "End" to true.',
        ),
        (
            "a.yaml",
            "StartAt: Work\nStates: {Work: {Type: Task, End: true, Comment: 2030-01-01}}\n",
            "app.py:3: a.yaml: States.Work.Comment: JSON cannot represent datetime.date(2030, 1, 1)\n"
            "    Use None, booleans, finite numbers, strings of whole characters, lists and dicts.",
        ),
    ],
)
def test_error_names_the_problem_of_a_file(path: str, text: str | bytes, report: str, tmp_path: Path) -> None:
    application = load_definition(tmp_path, path, text)
    assert str(ValidationError(validate(application, SETTINGS))) == report


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(f"{APP}app.register_state_machine('a.json')\n")
    report = str(ValidationError(validate(loader.load(tmp_path), SETTINGS)))
    assert report == (
        "app.py:3: the definition a.json cannot be read: No such file or directory\n"
        "    Pass the path of a UTF-8 file, relative to the project's folder."
    )


# What Terraform gets.


def synthesize_machine(*states: dict[str, Any], **options: Any) -> stack.Stack:
    app = Domovoi()
    names = [f"S{number}" for number in range(len(states))]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    chain = {name: {**state, **last} for name, state, last in zip(names, states, following, strict=True)}
    definition = {"StartAt": "S0", "States": chain}
    for name, state in chain.items():
        given = state.get("Parameters", {})
        if state["Type"] == "Task" and (
            "Resource" not in state or ("lambda:invoke" in state["Resource"] and "FunctionName" not in given)
        ):
            app.step_function_task(name, definition)(make_handler("work"))
    app.register_state_machine(definition, **options)
    application = app.freeze()
    assert [str(problem) for problem in validate(application, SETTINGS)] == []
    return synthesize(application, SETTINGS)


def list_statements(found: stack.Stack) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    (only,) = found.state_machines
    return {concern: [(s.actions, s.resources) for s in each] for concern, each in only.statements.items()}


def make_task(resource: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": parameters}


INVOKE = ("lambda:InvokeFunction",)
OWN, TABLE = '"${local.arns.lambda}:function', '"${local.arns.dynamodb}:table/orders"'
SNS = "arn:aws:sns:eu-west-1:123456789012:t"
OTHER = "arn:aws:states:eu-west-1:123456789012:stateMachine:other"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"Type": "Task"}, {}),
        (make_task("arn:aws:states:eu-west-1:123456789012:activity:brew"), {}),
        ({"Type": "Task", "Resource": ARN}, {"invoke": [(INVOKE, (ARN, f"{ARN}:*"))]}),
        ({"Type": "Task", "Resource": f"{ARN}:live"}, {"invoke": [(INVOKE, (f"{ARN}:live",))]}),
        (
            make_task("arn:aws:states:::lambda:invoke", FunctionName="f"),
            {"invoke": [(INVOKE, (f'{OWN}:f"', f'{OWN}:f:*"'))]},
        ),
        (
            make_task("arn:aws:states:::lambda:invoke.waitForTaskToken", FunctionName="f:7"),
            {"invoke": [(INVOKE, (f'{OWN}:f:7"',))]},
        ),
        (
            make_task("arn:aws:states:::lambda:invoke", FunctionName=ARN),
            {"invoke": [(INVOKE, (ARN, f"{ARN}:*"))]},
        ),
        (make_task("arn:aws:states:::lambda:invoke", Payload=1), {}),
        (make_task("arn:aws:states:::sns:publish", TopicArn=SNS), {"sns": [(("sns:Publish",), (SNS,))]}),
        (make_task("arn:aws:states:::sns:publish", TargetArn=SNS), {"sns": [(("sns:Publish",), (SNS,))]}),
        (
            make_task(
                "arn:aws:states:::sqs:sendMessage", QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q.fifo"
            ),
            {
                "sqs": [
                    (
                        ("sqs:SendMessage",),
                        ('"arn:${local.partition}:sqs:eu-west-1:1:q.fifo"',),
                    )
                ]
            },
        ),
        *(
            (
                make_task(f"arn:aws:states:::dynamodb:{name}Item", TableName="orders"),
                {"dynamodb": [((f"dynamodb:{name.title()}Item",), (TABLE,))]},
            )
            for name in ("get", "put", "update", "delete")
        ),
        (
            make_task("arn:aws:states:::events:putEvents", Entries=[{"EventBusName": "bar"}, {"Detail": {}}]),
            {
                "events": [
                    (
                        ("events:PutEvents",),
                        ('"${local.arns.events}:event-bus/bar"', '"${local.arns.events}:event-bus/default"'),
                    )
                ]
            },
        ),
        (
            make_task("arn:aws:states:::states:startExecution", StateMachineArn=OTHER),
            {"states": [(("states:StartExecution",), (OTHER,))]},
        ),
        (
            make_task(
                "arn:aws:states:::states:startExecution", **{"StateMachineArn.$": "$$.StateMachine.Id"}
            ),
            {"states": [(("states:StartExecution",), ('"${local.arns.states}:stateMachine:${var.name}"',))]},
        ),
        (
            make_task("arn:aws:states:::states:startExecution.sync:2", StateMachineArn=OTHER),
            {
                "states": [
                    (
                        ("states:DescribeExecution", "states:StopExecution"),
                        ("arn:aws:states:eu-west-1:123456789012:execution:other:*",),
                    ),
                    (("states:StartExecution",), (OTHER,)),
                ],
                "events": [
                    (
                        ("events:DescribeRule", "events:PutRule", "events:PutTargets"),
                        ('"${local.arns.events}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"',),
                    )
                ],
            },
        ),
    ],
)
def test_role_has_the_permissions_of_service_tasks(state: dict[str, Any], expected: object) -> None:
    assert list_statements(synthesize_machine(state)) == expected


def test_tasks_with_the_same_permissions_share_a_statement() -> None:
    found = synthesize_machine(
        make_task("arn:aws:states:::sns:publish", TopicArn=SNS),
        make_task("arn:aws:states:::sns:publish", TopicArn=f"{SNS}2"),
        make_task("arn:aws:states:::sns:publish", TopicArn=SNS),
        make_task("arn:aws:states:::dynamodb:getItem", TableName="t"),
    )
    assert list_statements(found)["sns"] == [(("sns:Publish",), (SNS, f"{SNS}2"))]


def make_distributed_map(**more: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    inside = {"StartAt": "One", "States": {"One": END}}
    return {"Type": "Map", "ItemProcessor": {**processor, **inside}, **more}


MACHINE = '"${local.arns.states}:stateMachine:${var.name}-m"'
EXECUTION = '"${local.arns.states}:execution:${var.name}-m'
BUCKET = '"arn:${local.partition}:s3:::orders'
ITSELF = [
    (("states:DescribeExecution", "states:StopExecution"), (f'{EXECUTION}:*"',)),
    (("states:RedriveExecution",), (f'{EXECUTION}/*:*"',)),
    (("states:StartExecution",), (MACHINE,)),
]


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (("listObjectsV2", {"Bucket": "orders"}, {}), [(("s3:ListBucket",), (f'{BUCKET}"',))]),
        (
            ("listObjectsV2", {"Bucket": "orders", "Prefix": "new/"}, {"Transformation": "LOAD_AND_FLATTEN"}),
            [(("s3:GetObject",), (f'{BUCKET}/new/*"',)), (("s3:ListBucket",), (f'{BUCKET}"',))],
        ),
        (
            ("getObject", {"Bucket": "orders", "Key": "a.csv"}, {}),
            [(("s3:GetObject",), (f'{BUCKET}/a.csv"',))],
        ),
    ],
)
def test_distributed_map_may_start_its_own_state_machine(reader: Any, expected: object) -> None:
    action, parameters, configuration = reader
    state = make_distributed_map(
        ItemReader={
            "Resource": f"arn:aws:states:::s3:{action}",
            "Parameters": parameters,
            "ReaderConfig": configuration,
        }
    )
    assert list_statements(synthesize_machine(state, name="m")) == {"states": ITSELF, "s3": expected}


def test_distributed_map_may_write_its_results_under_a_prefix() -> None:
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "orders", "Prefix": "out/"},
    }
    actions = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
    found = list_statements(synthesize_machine(make_distributed_map(ResultWriter=writer), name="m"))
    assert found["s3"] == [(actions, (f'{BUCKET}/out/*"',))]


def test_functions_may_start_executions_and_send_task_results() -> None:
    app = Domovoi()
    app.function("f")
    ask = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "End": True}
    app.step_function_task("Ask", {"StartAt": "Ask", "States": {"Ask": ask}})(make_handler("ask"))
    app.step_function_task("Work", WORK, state_machine_name="m")(make_handler("work"))
    first = '"${local.arns.states}:stateMachine:${var.name}"'
    for function in synthesize(app.freeze(), SETTINGS).functions:
        assert [(s.actions, s.resources) for s in function.statements["states"]] == [
            (("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"), (first,)),
            (("states:StartExecution",), (first, MACHINE)),
        ]


def test_state_machine_lists_the_functions_of_its_tasks() -> None:
    app = Domovoi()
    app.function("f")
    states = {name: {"Type": "Task", "Next": "C"} for name in "AB"} | {"C": {"Type": "Task", "End": True}}
    definition = {"StartAt": "A", "States": states}
    for name, function in (("A", "f"), ("B", ""), ("C", "f")):
        app.step_function_task(name, definition, function=function)(make_handler(name))
    (found,) = synthesize(app.freeze(), SETTINGS).state_machines
    assert found.functions == {
        label: f"merge(module.{label}.function, {{ alias_arn = module.{label}.attributes.alias_arn }})"
        for label in ("lambda", "lambda_f")
    }
    compiled = json.loads(found.definition)["States"]
    assert [compiled[name]["Resource"] for name in "ABC"] == ["${lambda_f}", "${lambda}", "${lambda_f}"]


def test_state_machines_are_sorted_with_the_unnamed_one_first() -> None:
    app = Domovoi()
    for name in ("z", None, "a"):
        app.register_state_machine({**WORK, "Comment": str(name)}, name)
    found = synthesize(app.freeze(), SETTINGS).state_machines
    assert [(m.label, m.path) for m in found] == [
        ("state_machine", "state_machines/default.asl.json"),
        ("state_machine_a", "state_machines/a.asl.json"),
        ("state_machine_z", "state_machines/z.asl.json"),
    ]


def test_description_of_a_task_has_its_state_and_state_machine() -> None:
    assert Task(state_name="Work", state_machine_name="default").describe() == "state Work"
    assert Task(state_name="Work", state_machine_name="m").describe() == "state Work of the state machine m"


def test_readme_lists_state_machines_and_each_handler_once() -> None:
    app, work = Domovoi(), make_handler("work")
    states: dict[str, Any] = {
        f"W{number}": {"Type": "Task", "Next": f"W{number + 1}"} for number in range(63)
    }
    states["W63"] = {"Type": "Task", "End": True}
    definition = {"StartAt": "W0", "States": states}
    for n in range(63):
        app.step_function_task(f"W{n}", definition)(work)
    app.step_function_task("Work", WORK, state_machine_name="m")(make_handler("other"))
    files = render(synthesize(app.freeze(), SETTINGS), assets.find_templates(), assets.find_modules())
    (readme,) = [file.content.decode() for file in files if file.path == "app/README.md"]
    rows = [row.split(" | ")[:-1] for row in readme.splitlines() if row.startswith("| ")]
    assert ["| work", "state machine", "default"] in rows
    assert ["| other", "state machine m", "default"] in rows
    assert [
        "| default",
        "STANDARD",
        "[state\\_machines/default.asl.json](state_machines/default.asl.json)",
    ] in rows
    assert readme.count(" --> ") == 2


def test_show_lists_state_machines(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text('{"app_name": "bar"}')
    states = {"StartAt": "A", "States": {"A": END}}
    (tmp_path / "app.py").write_text(
        f"{APP}app.register_state_machine({states}, 'plain', type='EXPRESS')\n"
        f"@app.step_function_task('Work', {WORK})\ndef work(event, context): ...\n"
    )
    done = CliRunner().invoke(show, [str(tmp_path)])
    assert (done.exit_code, done.output) == (
        0,
        "bar-dev  (128 MB, 60 s)\n"
        "  work  state_machine  state Work  app.py:4\n"
        "state machine plain  (EXPRESS, app.py:3)\n"
        "state machine default  (STANDARD, app.py:4)\n",
    )
    done = CliRunner().invoke(show, ["--json", str(tmp_path)])
    assert json.loads(done.output)["state_machines"][0] == {
        "name": "plain",
        "type": "EXPRESS",
        "location": "app.py:3",
    }
