"""Powertools' idempotency with its table in DynamoDB, under the policy that the documentation gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from command_server import Completed
from documentation.pages import list_texts
from polling import wait_until

from .conftest import PATIENCE, Account, OpenAccount, read_lines, write_project

pytestmark = pytest.mark.emulator

GROUP = "/aws/lambda/bar-dev"
#: The acknowledgement of each first delivery is lost, so SQS delivers the record again. Registered first, it
#: is called around the middleware of the page.
LOSE = """
import asyncio
import json
import uuid

app = Domovoi()

def say(handler, what, record):
    app.lambda_context.log(json.dumps({"handler": handler, "what": what, "body": record["body"]}))

@app.middleware("sqs")
def lose(record, get_response):
    result = get_response(record)
    say(record["eventSourceARN"].rpartition("-")[2], "delivered", record)
    if record["attributes"]["ApproximateReceiveCount"] == "1":
        raise ConnectionError("lost")
    return result
"""
HANDLERS = """
queue = {"queue_attributes": {"VisibilityTimeout": "10"}, "per_record": True}

@app.sqs_queue_subscriber("bar-plain", **queue)
def plain(record, context):
    say("plain", "served", record)

@app.sqs_queue_subscriber("bar-awaited", **queue)
async def awaited(record, context):
    await asyncio.sleep(0)
    say("awaited", "served", record)

@app.lambda_function()
async def order(event, context):
    if not event["beer"]:
        raise ValueError("no beer")
    return {"beer": event["beer"], "order": str(uuid.uuid4())}
"""


class Bar(NamedTuple):
    """The deployed app, and the account with the emulator."""

    project: Path
    account: Account

    def read_log(self, handler: str) -> list[str]:
        """Returns what a handler has logged: "served" in its body, and "delivered" for each delivery."""
        return [line["what"] for line in read_lines(self.account.emulator, GROUP, handler)]

    def order(self, beer: int) -> Completed:
        """Invokes `order`."""
        event = json.dumps({"beer": beer})
        return self.account.command_line("invoke", "order", "--event", event, "--emulator", cwd=self.project)

    def list_keys(self) -> list[str]:
        """Returns the keys in the table without their hashes."""
        items = self.account.client("dynamodb").scan(TableName="bar-dev-idempotency")["Items"]
        return sorted(item["id"]["S"].partition("#")[0] for item in items)


@pytest.fixture(scope="module")
def bar(tmp_path_factory: pytest.TempPathFactory, open_account: OpenAccount) -> Iterator[Bar]:
    """The app with the configuration, the policy, the table and the middleware of the page."""
    page, heading = "docs/guides/middleware.md", "\n### The table of `idempotent`\n"
    (config, policy), (table,), (middleware,) = (
        list_texts(page, language, heading) for language in ("json", "hcl", "python")
    )
    app = middleware.replace("app = Domovoi()\n", LOSE) + HANDLERS
    project = tmp_path_factory.mktemp("bar")
    write_project(project, {**json.loads(config), "lambda_timeout": 5}, app)
    (project / ".chalice" / "policy-dev.json").write_text(policy)
    (project / "requirements.txt").write_text("aws-lambda-powertools\n")
    (project / "terraform" / "app").mkdir(parents=True)
    (project / "terraform" / "app" / "idempotency.tf").write_text(table)
    with open_account(iam=True) as account:
        done = account.command_line("local", "deploy", cwd=project)
        assert done.code == 0, done
        yield Bar(project, account)


@pytest.mark.parametrize("handler", ["plain", "awaited"])
def test_record_that_is_delivered_again_is_not_served_again(bar: Bar, handler: str) -> None:
    sent = bar.account.command_line("local", "send", handler, '"stout"', cwd=bar.project)
    assert sent.code == 0, sent
    assert wait_until(lambda: bar.read_log(handler).count("delivered") == 2, PATIENCE), bar.read_log(handler)
    assert bar.read_log(handler) == ["served", "delivered", "delivered"]
    assert f"bar-dev.app.{handler}" in bar.list_keys()


def test_direct_event_that_is_sent_again_has_the_first_result(bar: Bar) -> None:
    first, again, other = (json.loads(bar.order(beer).out) for beer in (1, 1, 2))
    assert again == first
    assert (first["beer"], other["beer"]) == (1, 2)
    assert other["order"] != first["order"]
    assert bar.list_keys().count("bar-dev.app.order") == 2


def test_direct_event_whose_handler_failed_is_handled_again(bar: Bar) -> None:
    for _ in range(2):
        done = bar.order(0)
        assert (done.code, "no beer" in done.err) == (1, True), done
