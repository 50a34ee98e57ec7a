import pytest

from domovoi_tf.testing import Client

from app import app


@pytest.fixture
def client():
    return Client(app)


def test_tick_says_what_time_it_is(client):
    client.send("tick", {"time": "2030-01-01T00:00:00Z"})
    assert client.logs == ["It is 2030-01-01T00:00:00Z."]
