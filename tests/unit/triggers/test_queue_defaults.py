"""The app's default attributes of queues, which Domovoi's apps may set."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, variable
from domovoi_tf.model.names import Scoped
from domovoi_tf.settings import Settings
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
CREATED = ["s3:ObjectCreated:*"]


def handle(event: Any, context: Any) -> None: ...


def find_timeouts(app: Domovoi) -> dict[str, object]:
    """Returns the visibility timeout of each queue that the app creates, by handler."""
    return {
        route.handler: source.arguments.get("visibility_timeout_seconds")
        for route in app.freeze().routes
        for source in route.list_sources()
        if source.type == "aws_sqs_queue" and source.owned and isinstance(source.name, str | Scoped)
    }


def declare_all(app: Domovoi) -> None:
    app.sqs_queue_subscriber("plain", name="plain")(handle)
    app.sqs_queue_subscriber("own", queue_attributes={"VisibilityTimeout": 500}, name="own")(handle)
    app.sqs_queue_subscriber("none", queue_attributes={}, name="none")(handle)
    app.sqs_queue_subscriber("existing", create=False, name="existing")(handle)
    app.sqs_queue_subscriber(variable("queue_arn"), name="passed")(handle)
    app.sns_topic_subscriber("topic", name="topic")(handle)
    app.s3_event_handler("photos", CREATED, name="direct", use_sns=False)(handle)
    app.s3_event_handler("scans", CREATED, name="queued", use_sqs=True)(handle)


TIMEOUTS = {"plain": 320, "own": 500, "none": None, "queued": 320}


@pytest.mark.parametrize("assign", ["before", "after", "class"])
def test_queue_without_attributes_of_its_own_has_the_defaults(assign: str) -> None:
    class App(Domovoi):
        if assign == "class":
            sqs_default_queue_attributes = {"VisibilityTimeout": "320"}

    app = App()
    if assign == "before":
        app.sqs_default_queue_attributes = {"VisibilityTimeout": "320"}
    declare_all(app)
    if assign == "after":
        app.sqs_default_queue_attributes = {"VisibilityTimeout": "320"}
    assert find_timeouts(app) == TIMEOUTS
    assert [str(problem) for problem in validate(app.freeze(), SETTINGS)] == []


@pytest.mark.parametrize("first", ["own", "plain"])
def test_attribute_of_another_decorator_of_the_queue_replaces_the_default(first: str) -> None:
    app = Domovoi()
    app.sqs_default_queue_attributes = {"VisibilityTimeout": "700", "DelaySeconds": 5}
    app.function("slow", timeout=300)
    own = app.sqs_queue_subscriber(
        "orders", queue_attributes={"VisibilityTimeout": 800}, function="slow", name="own"
    )
    plain = app.sqs_queue_subscriber("orders", name="plain")
    for decorator in (own, plain) if first == "own" else (plain, own):
        decorator(handle)
    app.sqs_queue_subscriber("other", name="other")(handle)
    assert [str(problem) for problem in validate(app.freeze(), SETTINGS)] == []
    arguments = {route.handler: route.list_sources()[0].arguments for route in app.freeze().routes}
    timeouts = {name: each.get("visibility_timeout_seconds") for name, each in arguments.items()}
    delays = {name: each.get("delay_seconds") for name, each in arguments.items()}
    assert timeouts == {"own": 800, "plain": None, "other": 700}
    assert delays == {"own": None, "plain": 5, "other": 5}


def test_attribute_of_another_decorator_of_a_bucket_s_queue_replaces_the_default() -> None:
    app = Domovoi()
    app.sqs_default_queue_attributes = {"VisibilityTimeout": "700"}
    options: dict[str, Any] = {"use_sns": False, "use_sqs": True}
    attributes = {"VisibilityTimeout": 800}
    app.s3_event_handler("photos", CREATED, "a/", sqs_queue_attributes=attributes, name="own", **options)(
        handle
    )
    app.s3_event_handler("photos", CREATED, "b/", name="plain", **options)(handle)
    assert find_timeouts(app) == {"own": 800, "plain": None}
    assert [str(problem) for problem in validate(app.freeze(), SETTINGS)] == []


def test_app_without_defaults_sets_no_attributes() -> None:
    app = Domovoi()
    declare_all(app)
    assert find_timeouts(app) == {"plain": None, "own": 500, "none": None, "queued": None}


@pytest.mark.parametrize(
    ("defaults", "problems"),
    [
        (
            {"VisibilityTimeout": -1, "DelaySeconds": "3", "Delay": 3},
            [
                (
                    "app.sqs_default_queue_attributes: VisibilityTimeout is -1",
                    "Use a whole number from 0 to 43200.",
                ),
                (
                    "app.sqs_default_queue_attributes has the unknown attribute 'Delay'",
                    "Did you mean 'DelaySeconds'?",
                ),
            ],
        ),
        (
            [1],
            [
                (
                    "app.sqs_default_queue_attributes is a list",
                    'Write app.sqs_default_queue_attributes = {"VisibilityTimeout": 320}.',
                )
            ],
        ),
    ],
)
def test_wrong_default_is_reported_once_by_its_name(defaults: Any, problems: list[tuple[str, str]]) -> None:
    app = Domovoi()
    app.sqs_default_queue_attributes = defaults
    app.sns_topic_subscriber("news", name="news")(handle)
    declare_all(app)
    plain = str(next(route.location for route in app.freeze().routes if route.handler == "plain"))
    found = [(each.location, each.message, each.remedy) for each in validate(app.freeze(), SETTINGS)]
    assert sorted(found) == sorted((plain, message, remedy) for message, remedy in problems)


def test_defaults_of_one_app_are_not_those_of_another() -> None:
    one, other = Domovoi(), Domovoi()
    one.sqs_default_queue_attributes["VisibilityTimeout"] = "320"  # type: ignore[index]
    assert other.sqs_default_queue_attributes == {}
    declare_all(one)
    assert find_timeouts(one) == TIMEOUTS


ARN = "arn:aws:sqs:us-east-2:123456789012:lost"
POLICY = {"deadLetterTargetArn": f"{ARN}.fifo", "maxReceiveCount": 3}


@pytest.mark.parametrize(
    ("name", "options", "is_unknown"),
    [
        ("orders.fifo", {"per_record": True}, True),
        ("orders.fifo", {"per_record": True, "max_receive_count": 3}, False),
        ("orders.fifo", {"per_record": True, "batch_size": 1}, False),
        ("orders.fifo", {"per_record": True, "queue_attributes": {"RedrivePolicy": POLICY}}, False),
        ("orders.fifo", {"per_record": True, "queue_attributes": {}}, False),
        ("orders.fifo", {}, False),
        ("orders", {"per_record": True}, False),
    ],
)
def test_limit_of_receives_that_only_the_defaults_define_is_a_warning(
    name: str, options: dict[str, Any], is_unknown: bool
) -> None:
    app = Domovoi()
    app.sqs_default_queue_attributes = {"RedrivePolicy": POLICY}
    app.sqs_queue_subscriber(name, **options)(handle)
    app.s3_event_handler("photos", CREATED, name="queued", use_sqs=True)(handle)
    found = [(notice.location, notice.message) for notice in find_warnings(app.freeze(), SETTINGS)]
    assert validate(app.freeze(), SETTINGS) == ()
    message = (
        "per_record on a FIFO queue needs to know the limit of receives, and the handler cannot read "
        "app.sqs_default_queue_attributes: SQS may move messages that wait for a failed one of their group "
        "to the dead-letter queue before they are handled. Set max_receive_count or RedrivePolicy in the "
        "decorator"
    )
    assert found == ([(app.freeze().routes[0].location, message)] if is_unknown else [])


def test_max_receive_count_replaces_the_default_redrive_policy_of_its_queue_only() -> None:
    app = Domovoi()
    app.sqs_default_queue_attributes = {"RedrivePolicy": {**POLICY, "deadLetterTargetArn": ARN}}
    app.function("other")
    app.sqs_queue_subscriber("orders", max_receive_count=3)(handle)
    for name in ("orders", "orders-dead-letters", "letters"):
        app.sqs_queue_subscriber(name, name=f"other_{name}", function="other")(handle)
    own = [vars(route.trigger)["queue_attributes"] for route in app.freeze().routes]
    policy = {"RedrivePolicy": {**POLICY, "deadLetterTargetArn": ARN}}
    assert own == [{}, {}, policy, policy]
    assert validate(app.freeze(), SETTINGS) == ()
