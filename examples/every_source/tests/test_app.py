import pytest
from domovoi_tf.testing import Client, Execution

from app import app


@pytest.fixture
def client():
    return Client(app)


@pytest.mark.parametrize(
    ("handler", "payload", "logged"),
    [
        ("count_stock", {}, "counting"),
        ("open_shop", {}, "good morning"),
        ("worry", {"eventTypeCode": "AWS_EC2_X"}, "AWS_EC2_X"),
        ("pour", "a beer", "a beer"),
        ("deliver", {"to": "4 Privet Drive"}, "{'to': '4 Privet Drive'}"),
        ("print_label", "raw/one.png", "raw/one.png"),
        ("greet", {"id": "1"}, "1 customers changed"),
        ("add_up", {"total": 5}, "1 receipts"),
        ("apologise", "ERROR no beer", "ERROR no beer"),
        ("read_mail", {"subject": "Two beers"}, "Two beers"),
        ("close_shop", {"by": "Ann"}, "closed by Ann"),
    ],
)
def test_handler_logs_the_event_of_its_source(client, handler, payload, logged):
    client.send(handler, payload)
    assert client.logs == [logged]


def test_only_the_failed_deliveries_of_a_batch_are_retried(client):
    result = client.send_batch("deliver", [{"to": "Ann"}, "no JSON", {"to": "Bob"}])
    assert len(result["batchItemFailures"]) == 1
    assert "{'to': 'Bob'}" in client.logs


def test_the_menu_is_shown(client):
    assert client.send("show_menu", path="/menu/drinks")["body"] == "beer, wine\n"


def test_an_order_starts_the_brewing(client):
    assert client.send("take_order", {"beer": 2})["statusCode"] == 202
    assert client.executions == [Execution("default", {"order": {"beer": 2}})]
    assert client.send("brew", {"order": {"beer": 2}}) == {"brewed": {"beer": 2}, "by": "Brew"}
