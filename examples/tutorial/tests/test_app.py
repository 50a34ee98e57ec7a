from app import app
from domovoi_tf.testing import Client


def test_order_is_priced_and_delivered():
    client = Client(app)
    client.send("accept_order", {"item": "pen", "quantity": 3})
    assert client.logs == ["3 of pen: 6 euros"]
    (execution,) = client.executions
    assert execution.input == {"item": "pen", "quantity": 3}


def test_parcel_is_weighed_and_shipped():
    client = Client(app)
    parcel = client.send("pack", {"item": "pen", "quantity": 3})
    client.send("ship", parcel)
    assert client.logs == ["Shipping 60 grams of pen."]
