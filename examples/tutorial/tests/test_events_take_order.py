"""Recorded events that the app gets again, without AWS; `domovoi-tf events save` adds more."""

import json
from pathlib import Path

from domovoi_tf.testing import Client

from app import app

EVENTS = Path(__file__).with_name("events")


def read(name):
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def test_take_order_unknown_item():
    client = Client(app, name="shop-dev")
    assert client.invoke(read("take_order-unknown-item.json")) is None
