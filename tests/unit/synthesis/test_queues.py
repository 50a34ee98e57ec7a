"""Tests that dead-letter queues accept messages from the app's queues alone."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
ARN = "arn:aws:sqs:us-east-1:123456789012:"


def handle(event: object, context: object) -> None: ...


def find_allowed(app: Domovoi) -> dict[str, Any]:
    """Returns the redrive allow policies of the app's queues, by label."""
    application = app.freeze()
    assert validate(application, SETTINGS) == ()
    sources = [each for kind in synthesize(application, SETTINGS).kinds for each in kind.sources]
    policies = {each.label: each.arguments.get("redrive_allow_policy") for each in sources}
    return {label: policy for label, policy in policies.items() if policy is not None}


def allow(*labels: str) -> dict[str, Any]:
    arns = [f"aws_sqs_queue.{label}.arn" for label in labels]
    return {"redrivePermission": "byQueue", "sourceQueueArns": arns}


@pytest.mark.parametrize("name", ["work", scoped("work"), "work.fifo"])
def test_only_its_queue_moves_messages_to_a_dead_letter_queue(name: Any) -> None:
    app = Domovoi()
    app.sqs_queue_subscriber(name, max_receive_count=3)(handle)
    app.sqs_queue_subscriber("other", name="other")(handle)
    suffix = "_fifo" if name == "work.fifo" else ""
    assert find_allowed(app) == {f"work_dead_letters{suffix}": allow(f"work{suffix}")}


def test_queues_that_name_a_queue_of_the_app_by_its_arn_may_too() -> None:
    app = Domovoi()
    policy = {"deadLetterTargetArn": f"{ARN}work-dead-letters", "maxReceiveCount": 3}
    app.sqs_queue_subscriber("work", max_receive_count=3, name="work")(handle)
    app.sqs_queue_subscriber("more", queue_attributes={"RedrivePolicy": policy}, name="more")(handle)
    app.s3_event_handler(
        "photos",
        ["s3:ObjectCreated:*"],
        use_sqs=True,
        sqs_queue_attributes={"RedrivePolicy": policy},
        name="develop",
    )(handle)
    app.sqs_queue_subscriber(
        "theirs",
        queue_attributes={"RedrivePolicy": {**policy, "deadLetterTargetArn": f"{ARN}elsewhere"}},
        name="theirs",
    )(handle)
    assert find_allowed(app) == {"work_dead_letters": allow("more", "s3_photos_sns_sqs", "work")}


def test_policy_of_the_user_stays() -> None:
    app, own = Domovoi(), {"redrivePermission": "allowAll"}
    app.sqs_queue_subscriber("work", max_receive_count=3, name="work")(handle)
    attributes = {"RedriveAllowPolicy": own}
    app.sqs_queue_subscriber("work-dead-letters", queue_attributes=attributes, name="bury")(handle)
    assert find_allowed(app) == {"work_dead_letters": own}


def test_more_queues_than_a_policy_can_list_are_not_limited() -> None:
    app = Domovoi()
    policy = {"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 3}
    app.sqs_queue_subscriber("dead", name="bury")(handle)
    for number in range(10):
        name = f"q{number}"
        app.sqs_queue_subscriber(name, queue_attributes={"RedrivePolicy": policy}, name=name)(handle)
    assert len(find_allowed(app)["dead"]["sourceQueueArns"]) == 10
    app.sqs_queue_subscriber("q10", queue_attributes={"RedrivePolicy": policy}, name="q10")(handle)
    assert find_allowed(app) == {}
