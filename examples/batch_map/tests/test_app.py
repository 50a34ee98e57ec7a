import io
from unittest import mock

import pytest
from domovoi_tf.testing import Client

from app import BUCKET, app


@pytest.fixture
def client():
    return Client(app)


def test_an_order_is_priced(client):
    with mock.patch("boto3.client") as s3:
        s3.return_value.get_object.return_value = {"Body": io.BytesIO(b'{"beers": 3}')}
        assert client.send("price", {"Key": "incoming/1.json"}) == {"order": "incoming/1.json", "price": 15}
    s3.return_value.get_object.assert_called_once_with(Bucket=BUCKET, Key="incoming/1.json")


def test_prices_are_added_up(client):
    assert client.send("total", [{"price": 15}, {"price": 5}]) == {"orders": 2, "total": 20}
