"""Event patterns of EventBridge: problems of declarations, Terraform arguments and events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.syntax import PrefixedName, Reference
from domovoi_tf.model.event_request import EventRequest, SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.triggers._patterns.operators import EVENTBRIDGE
from domovoi_tf.triggers.event import Event, cloudwatch_event_handler
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
FIELDS = "account, detail, detail_type, replay_name, id, region, resources, source, time, version"
OF_THEIR_OWN = "Keep one handler and call the other from it, or give each its own source."
RENAME = "Rename one of the sources: their events carry the same name."
ITEMS = 'Use strings, numbers, booleans, None, or filters such as {"prefix": "a"}.'
OR = "Use two or more, each a dict that is not empty."
DEPLOYED = {
    "AWS_LAMBDA_FUNCTION_NAME": "bar-dev",
    "DOMOVOI_TF_NAME": "bar-dev",
    "DOMOVOI_TF_VAR_bus": "given",
}
EVENT = {"source": "cellar", "detail-type": "Bottle emptied", "detail": {"left": 2}}


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def event(arguments: str, name: str = "tend") -> str:
    return f"@app.cloudwatch_event_handler({arguments})\ndef {name}(event, context): ...\n"


def schedule(arguments: str, name: str = "tend") -> str:
    return f"@app.scheduled_function({arguments})\ndef {name}(event, context): ...\n"


class ExistsError(Exception):
    """The error that boto3 raises for a bus that exists."""


class Client:
    """A boto3 client that writes down its calls."""

    class exceptions:  # noqa: N801 - boto3's name
        ResourceAlreadyExistsException = ExistsError

    def __init__(self, *there: str) -> None:
        self.there = there
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, service: str) -> Client:
        self.service = service
        return self

    def put_events(self, **arguments: Any) -> None:
        self.calls.append((self.service, "put_events", arguments))

    def invoke(self, **arguments: Any) -> None:
        self.calls.append((self.service, "invoke", arguments))

    def create_event_bus(self, **arguments: Any) -> None:
        self.calls.append((self.service, "create_event_bus", arguments))
        if arguments["Name"] in self.there:
            raise ExistsError


def test_pattern_has_all_arguments_that_are_no_options() -> None:
    declared = cloudwatch_event_handler(
        rule_name="r",
        event_bus_name="b",
        enabled=False,
        description="d",
        function="f",
        source=["a"],
        detail_type=["b"],
        replay_name=["c"],
        detail={"detail_type": ["kept"], "$or": [{"x": [1]}, {"y": [{"exists": False}]}]},
    )
    assert declared == Event(
        rule_name="r",
        event_bus_name="b",
        enabled=False,
        description="d",
        function="f",
        event_pattern={
            "source": ["a"],
            "detail-type": ["b"],
            "replay-name": ["c"],
            "detail": {"detail_type": ["kept"], "$or": [{"x": [1]}, {"y": [{"exists": False}]}]},
        },
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "source=['aws.ecs']",
        "source=('a', 1, 2.5, True, None, '')",
        "account=['1'], region=['r'], resources=['a'], time=['t'], id=['i'], version=['0']",
        "detail_type=['d'], replay_name=['r']",
        "**{'detail-type': ['d'], 'replay-name': ['r']}",
        "detail={'a': {'b': {'c': ['d']}}}",
        "detail={'a': [{'prefix': 'b'}, {'anything-but': ['c']}, {'numeric': ['>', 0, '<=', 5]}]}",
        "**{'$or': [{'source': ['a']}, {'detail': {'$or': [{'a': [1]}, {'b': [2]}]}}]}",
        "source=['a'], event_bus_name='b' * 256",
        "source=['a'], event_bus_name='aws.partner/example.com/1-a_b'",
        "source=['a'], event_bus_name=scoped('b' * 248)",
        "source=['a'], event_bus_name=variable('bus'), rule_name=variable('rule')",
        "source=['x' * 4081]",
        "source=['<' * 680]",
        "source=['a'], description='d' * 512",
    ],
)
def test_valid_declarations_have_no_problems(arguments: str) -> None:
    assert find_problems(event(arguments)) == ""


@pytest.mark.parametrize(
    ("arguments", "message", "remedy"),
    [
        ("", "the event pattern is empty", 'Add a field, such as source=["aws.ecs"].'),
        (
            "source='aws.ecs'",
            "source in the event pattern is 'aws.ecs', not a list",
            'Write ["aws.ecs"]: one of the values must match.',
        ),
        (
            "detail={'a': {'b': None}}",
            "detail.a.b in the event pattern is None, not a list",
            "Write [None]: one of the values must match.",
        ),
        ("source=[]", "source in the event pattern is empty", "Add values, or leave it out."),
        ("detail={}", "detail in the event pattern is empty", "Add values, or leave it out."),
        ("detail={'a': ()}", "detail.a in the event pattern is empty", "Add values, or leave it out."),
        ("source=['a', ['b']]", "source in the event pattern has the value ['b']", ITEMS),
        ("source=[{}]", "source in the event pattern has the value {}", ITEMS),
        (
            "detail={'a': [{'prefix': 'a', 'suffix': 'b'}]}",
            "detail.a in the event pattern has the value {'prefix': 'a', 'suffix': 'b'}",
            ITEMS,
        ),
        (
            "detail={'a': [{'prefx': 'a'}]}",
            "detail.a in the event pattern has the unknown filter 'prefx'",
            f"Did you mean prefix? Use one of: {', '.join(EVENTBRIDGE.operators)}.",
        ),
        (
            "source=[{'like': 'a'}]",
            "source in the event pattern has the unknown filter 'like'",
            f"Use one of: {', '.join(EVENTBRIDGE.operators)}.",
        ),
        (
            "detailtype=['a']",
            "'detailtype' is not a field of an event",
            f"Did you mean detail_type? Use one of: {FIELDS}.",
        ),
        (
            "source=['a'], rulename=['a']",
            "'rulename' is not a field of an event",
            f"Did you mean rule_name? Use one of: {FIELDS}.",
        ),
        (
            "detail_type=['a'], **{'detail-type': ['b']}",
            "'detail_type' is not a field of an event",
            f"Did you mean detail_type? Use one of: {FIELDS}.",
        ),
        ("**{'$or': [{'source': ['a']}]}", "$or in the event pattern is not a list of patterns", OR),
        ("detail={'$or': [{'a': [1]}, {}]}", "detail.$or in the event pattern is not a list of patterns", OR),
        ("**{'$or': {'source': ['a']}}", "$or in the event pattern is not a list of patterns", OR),
        (
            "**{'$or': [{'source': ['a']}, {'xyz': ['a']}]}",
            "'xyz' is not a field of an event",
            f"Use one of: {FIELDS}.",
        ),
        (
            "detail={'$or': [{'a': [1]}, {'b': 2}]}",
            "detail.b in the event pattern is 2, not a list",
            "Write [2]: one of the values must match.",
        ),
        (
            "source=['x' * 4082]",
            "the event pattern has 4097 characters as JSON",
            "EventBridge accepts at most 4096. Split it into several rules.",
        ),
        (
            "source=['&' * 681]",
            "the event pattern has 4101 characters as JSON",
            "EventBridge accepts at most 4096. Split it into several rules.",
        ),
        (
            "source=['a'], description='d' * 513",
            "the description has 513 characters",
            "EventBridge accepts at most 512. Shorten it.",
        ),
        (
            "source=['a'], event_bus_name='a b'",
            "'a b' is not a valid event bus name",
            "Use letters, digits, /, ., - and _ only.",
        ),
        (
            "source=['a'], event_bus_name=''",
            "'' is not a valid event bus name",
            "Use letters, digits, /, ., - and _ only.",
        ),
        (
            "source=['a'], event_bus_name='b' * 257",
            f"the event bus name '{'b' * 257}' has 257 characters",
            "AWS allows at most 256.",
        ),
        (
            "source=['a'], event_bus_name=['a']",
            "event_bus_name is a list",
            "Use a string, scoped() or variable().",
        ),
        (
            "source=['a'], event_bus_name='arn:aws:events:us-east-1:123456789012:event-bus/b'",
            "'arn:aws:events:us-east-1:123456789012:event-bus/b' is an ARN, but a name is expected",
            "Write 'b', or pass the ARN from Terraform with variable(\"...\").",
        ),
        (
            "source=['a'], rule_name='a/b'",
            "'a/b' is not a valid EventBridge rule name",
            "Use letters, digits, ., - and _ only.",
        ),
        (
            "source=[float('nan')]",
            "event_pattern: Terraform cannot represent the number nan",
            "Leave it out, or pass it as a string.",
        ),
        (
            "detail={1: ['a']}",
            "detail is a dict with the key 1",
            "Use strings as keys.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(arguments: str, message: str, remedy: str) -> None:
    assert find_problems(event(arguments)) == f"app.py:1: {message}\n    {remedy}"


@pytest.mark.parametrize("levels", [64, 5000])
def test_too_deeply_nested_pattern_is_rejected(levels: int) -> None:
    source = f"deep = ['a']\nfor _ in range({levels}): deep = {{'a': deep}}\n" + event("detail=deep")
    report = (
        "app.py:3: detail: a value is nested more than 64 levels deep\n"
        "    Flatten it, and make sure that it does not contain itself."
    )
    assert find_problems(source) == report


def test_pattern_with_the_maximum_depth_is_valid() -> None:
    source = "deep = ['a']\nfor _ in range(61): deep = {'a': deep}\n" + event("detail=deep")
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            event("source=['a'], rule_name='r'") + event("source=['b'], rule_name='r'", "other"),
            f"app.py:3: other and tend (app.py:1) both handle event r\n    {OF_THEIR_OWN}",
        ),
        (
            schedule("'rate(1 day)', rule_name='r'") + event("source=['b'], rule_name='r'", "other"),
            f"app.py:3: other and tend (app.py:1) both handle rule r\n    {OF_THEIR_OWN}",
        ),
        (
            "app.function('f')\n"
            + event("source=['b'], rule_name='r', function='f'")
            + schedule("'rate(1 day)', rule_name='r'", "other"),
            f"app.py:4: other and tend (app.py:2) both handle rule r\n    {OF_THEIR_OWN}",
        ),
        (
            schedule("'rate(1 day)'", "bar") + event("source=['b'], rule_name='bar'"),
            f"app.py:3: tend and bar (app.py:1) both receive the events of rule bar\n    {RENAME}",
        ),
        (
            event("source=['a']", "bar") + event("source=['b'], rule_name='bar'"),
            f"app.py:3: tend and bar (app.py:1) both receive the events of event bar\n    {RENAME}",
        ),
        (
            event("source=['a']\n)\n@app.scheduled_function('rate(1 day)'"),
            "app.py:1: the two EventBridge rules of tend, here and at app.py:3, would have the same name\n"
            "    Give one of the decorators its own name=.",
        ),
        (
            event("source=['a']") + event("source=['a'], event_bus_name='b', rule_name='tend'", "other"),
            f"app.py:3: other and tend (app.py:1) both receive the events of event tend\n    {RENAME}",
        ),
        ("@app.sns_topic_subscriber('r')\n" + event("source=['a'], rule_name='r'"), ""),
        (schedule("'rate(1 day)', rule_name='r'") + event("source=['b'], rule_name='s'", "other"), ""),
    ],
)
def test_schedules_and_event_patterns_share_the_names_of_rules(source: str, report: str) -> None:
    assert find_problems(source) == report


def build_rules() -> Domovoi:
    app = Domovoi()

    @app.scheduled_function("rate(1 minute)")
    def tick(event: Any, context: Any) -> Any:
        return "tick", event

    @app.cloudwatch_event_handler(source=["cellar"])
    def restock(event: Any, context: Any) -> Any:
        return "restock", event

    @app.cloudwatch_event_handler(source=["cellar"], rule_name="count-bottles")
    def count(event: Any, context: Any) -> Any:
        return "count", event

    return app


@pytest.mark.parametrize(
    ("task", "name"), [("tick", "tick"), ("restock", "restock"), ("count-bottles", "count")]
)
def test_handler_of_a_rule_receives_the_event(task: str, name: str) -> None:
    assert build_rules()({"task_name": task, "event": EVENT}, None) == (name, EVENT)


def test_rule_without_a_handler_is_rejected() -> None:
    with pytest.raises(DispatchError) as raised:
        build_rules()({"task_name": "count", "event": EVENT}, None)
    assert str(raised.value) == (
        "No handler for the schedule source 'count'.\nSources with a handler in this function: "
        "event count-bottles, event restock, schedule tick."
    )


def test_event_without_the_name_of_its_task_is_rejected() -> None:
    with pytest.raises(DispatchError, match="No handler for an event of an unknown kind"):
        build_rules()(EVENT, None)


def test_arguments_of_the_template() -> None:
    app = Domovoi()

    @app.cloudwatch_event_handler(event_bus_name=variable("bus"), source=["cellar"], description="d")
    def restock(event: Any, context: Any) -> None: ...

    @app.scheduled_function("rate(1 day)")
    def tick(event: Any, context: Any) -> None: ...

    assert validate(app.freeze(), SETTINGS) == ()
    view = synthesize(app.freeze(), SETTINGS)
    (trigger,) = view.kinds[0].triggers
    assert (trigger.description, trigger.source) == ("events of cellar on bus variable('bus')", None)
    assert trigger.arguments == {
        "name": "-restock",
        "task_name": "restock",
        "enabled": True,
        "description": "d",
        "event_pattern": {"source": ["cellar"]},
        "event_bus_name": "var.bus",
        "target_id": None,
    }
    assert isinstance(trigger.arguments["name"], PrefixedName)
    assert isinstance(trigger.arguments["event_bus_name"], Reference)
    (declared,) = view.inputs
    assert (declared.name, declared.pattern) == (
        "bus",
        r"^(arn:[^:]+:events:[^:]+:[0-9]+:event-bus/)?[/.\-_A-Za-z0-9]+$",
    )
    assert declared.expectation == (
        "Expected the name or ARN of an event bus, in the form central or "
        "arn:PARTITION:events:REGION:ACCOUNT:event-bus/central."
    )
    assert declared.description == "Name or ARN of an event bus for restock."
    (arns,) = [output.value for output in view.outputs if output.name == "rule_arns"]
    assert arns == {"restock": "module.restock.rule_arn", "tick": "module.tick.rule_arn"}


def test_event_has_the_values_that_the_pattern_requires() -> None:
    rule = cloudwatch_event_handler(
        source=["cellar"], resources=[{"prefix": "arn:"}], detail={"left": [{"numeric": ["<", 3]}]}
    )
    request = EventRequest(handler="tend", payload={"left": 2}, environ={"AWS_REGION": "eu-west-1"})
    assert rule.event(request) == {
        "task_name": "tend",
        "event": {
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000001",
            "detail-type": "Sample",
            "source": "cellar",
            "account": "123456789012",
            "time": "2026-01-31T10:20:30Z",
            "region": "eu-west-1",
            "resources": ["arn:"],
            "detail": {"left": 2},
        },
    }
    assert cloudwatch_event_handler(source=["cellar"]).event(request)["event"]["resources"] == []


def test_description_of_a_rule_for_any_source() -> None:
    assert cloudwatch_event_handler(source=[{"prefix": "a"}]).describe() == "events of any source"


@pytest.mark.parametrize(
    ("bus", "name"),
    [(None, "default"), ("cellar", "cellar"), (scoped("own"), "bar-dev-own"), (variable("bus"), "given")],
)
def test_send_puts_an_event_with_the_literals_of_the_pattern(bus: Any, name: str) -> None:
    client = Client()
    rule = cloudwatch_event_handler(
        event_bus_name=bus, source=[{"prefix": "a"}, "cellar"], detail_type=["Emptied"], detail={"left": [2]}
    )
    payload = SentPayload(text_in_json='{"left": 2}')
    assert rule.send(client, DEPLOYED, "restock", payload) == f"put an event of cellar on bus {name}"
    entry = {"Source": "cellar", "DetailType": "Emptied", "Detail": '{"left": 2}', "EventBusName": name}
    assert client.calls == [("events", "put_events", {"Entries": [entry]})]


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({"source": ["cellar"]}, "{}"),
        ({"detail_type": ["Emptied"]}, "{}"),
        ({"source": [{"prefix": "a"}], "detail_type": ["Emptied"]}, "{}"),
        ({"source": ["aws.ecs"], "detail_type": ["Emptied"]}, "{}"),
        ({"source": ["cellar"], "detail_type": ["Emptied"], "account": ["1"]}, "{}"),
        ({"source": ["cellar"], "detail_type": ["Emptied"]}, "[1]"),
    ],
)
def test_send_invokes_the_function_if_the_pattern_has_no_literals(fields: Any, data: str) -> None:
    client = Client()
    sent = cloudwatch_event_handler(**fields).send(
        client, DEPLOYED, "restock", SentPayload(text_in_json=data)
    )
    assert sent == "invoked bar-dev as the rule of restock would"
    ((service, call, arguments),) = client.calls
    assert (service, call, arguments["FunctionName"]) == ("lambda", "invoke", "bar-dev")
    wire = json.loads(arguments["Payload"])
    assert (wire["task_name"], wire["event"]["detail"]) == ("restock", json.loads(data))
    for name, values in cloudwatch_event_handler(**fields).event_pattern.items():
        assert wire["event"][name] == (values[0]["prefix"] if isinstance(values[0], dict) else values[0])


@pytest.mark.parametrize(
    ("bus", "made"),
    [
        (None, []),
        ("default", []),
        (variable("bus"), []),
        ("cellar", ["cellar"]),
        ("there", ["there"]),
        (scoped("own"), ["bar-dev-own"]),
    ],
)
def test_prepare_creates_the_event_bus(bus: Any, made: list[str]) -> None:
    client = Client("there")
    cloudwatch_event_handler(event_bus_name=bus, source=["a"]).prepare(client, DEPLOYED)
    assert client.calls == [("events", "create_event_bus", {"Name": name}) for name in made]
