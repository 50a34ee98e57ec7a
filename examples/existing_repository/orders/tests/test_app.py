import pytest
from domovoi_tf.testing import Client, Execution

from app import app

VARIABLES = {
    "currency": "EUR",
    "orders_topic_arn": "arn:aws:sns:eu-central-1:123456789012:acme-orders",
    "payments_queue_arn": "arn:aws:sqs:eu-central-1:123456789012:acme-payments.fifo",
    "documents_bucket": "acme-documents",
    "customers_stream_arn": "arn:aws:dynamodb:eu-central-1:123456789012:table/customers/stream/2030-01-31",
}


@pytest.fixture
def client():
    return Client(app, variables=VARIABLES)


def test_order_is_packed(client):
    client.send("take_order", {"id": "A1", "total": 5})
    assert client.executions == [Execution("default", {"order": "A1"})]
    client.send("pack", {"order": "A1"})
    assert client.logs == ["order A1: 5 EUR", "packed A1"]


@pytest.mark.parametrize(
    ("handler", "payload", "logged"),
    [
        ("book_payment", {"id": "P1", "amount": 5}, "payment P1: 5 EUR"),
        ("file_invoice", "invoices/1.pdf", "invoice invoices/1.pdf"),
        ("welcome_customer", {"id": "Ann"}, "welcome Ann"),
    ],
)
def test_handler_logs_the_event_of_its_source(client, handler, payload, logged):
    client.send(handler, payload)
    assert client.logs == [logged]
