import json
from unittest import mock

import pytest
from domovoi_tf.testing import Client

from app import app


@pytest.fixture
def client():
    return Client(app)


def test_a_beer_is_served(client):
    client.send("tend", {"beer": 2})
    assert client.logs == ["{'beer': 'Quadrupel', 'quantity': 2}"]


def test_schedule_orders_a_beer_at_the_topic(client):
    with mock.patch("boto3.resource") as resource:
        assert client.send("bar") == {"result": "Work work work"}
    topic = resource.return_value.create_topic
    topic.assert_called_once_with(Name="bartender")
    topic.return_value.publish.assert_called_once_with(Message=json.dumps({"beer": 1}))
