"""Events of topics, as Amazon SNS sends them."""

from __future__ import annotations

import pytest

from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.triggers.sns import Sns


@pytest.mark.parametrize("number", [1, 2])
def test_event_has_links_for_its_own_subscription(number: int) -> None:
    environ = {"AWS_REGION": "eu-west-1", "DOMOVOI_TF_NAME": "bar-dev"}
    request = EventRequest(handler="tend", payload="beer", environ=environ, number=number)
    [record] = Sns(topic_name="orders").event(request)["Records"]
    topic, subscription = record["Sns"]["TopicArn"], record["EventSubscriptionArn"]
    assert topic == "arn:aws:sns:eu-west-1:123456789012:orders"
    assert subscription.startswith(f"{topic}:")
    assert record["Sns"]["UnsubscribeUrl"] == (
        f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"
    )
    assert record["Sns"]["MessageId"] not in subscription
