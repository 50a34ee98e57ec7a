"""Tests that the records of DynamoDB and Kinesis streams reach their handlers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from polling import wait_until

from domovoi_tf.local import emulator_environment

from .conftest import PATIENCE, AwaitLine, CommandLine, read_lines, repeat, write_project

pytestmark = pytest.mark.emulator

MAIN, REPORTS = "/aws/lambda/ledger-dev", "/aws/lambda/ledger-dev-reports"
IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
APP = """\
import base64, json
import domovoi_tf
from domovoi_tf import scoped, variable

app = domovoi_tf.Domovoi()
app.function("reports")

def say(context, handler, **what):
    context.log(json.dumps({"handler": handler, **what}))

def new(record):
    return record["dynamodb"].get("NewImage")

def data(record):
    return base64.b64decode(record["kinesis"]["data"]).decode()

@app.dynamodb_stream_handler("ledger-orders", 10)
def order(event, context):
    say(context, "order", changes=[[r["eventName"], new(r)] for r in event["Records"]])

@app.dynamodb_stream_handler(
    "ledger-orders", 10, starting_position="LATEST", filters=[{"eventName": ["REMOVE"]}], function="reports",
)
def cancelled(event, context):
    say(context, "cancelled", changes=[[r["eventName"], r["dynamodb"]["Keys"]] for r in event["Records"]])

@app.dynamodb_stream_handler(scoped("wines"), 10, per_record=True)
def wine(record, context):
    say(context, "wine", id=new(record)["id"]["S"])
    if new(record)["id"]["S"] == "corked":
        raise ValueError("corked")

@app.dynamodb_stream_handler(
    variable("cellar_arn"), 1, maximum_record_age=60, on_failure=variable("lost_arn"), function="reports",
)
def cellar(event, context):
    say(context, "cellar", ids=[new(r)["id"]["S"] for r in event["Records"]])

@app.kinesis_stream_handler("ledger-clicks", 10)
def click(event, context):
    say(context, "click", data=[data(r) for r in event["Records"]])

@app.kinesis_stream_handler(scoped("pours"), 10, create=True, filters=[{"data": {"kind": ["beer"]}}])
def pour(event, context):
    say(context, "pour", data=[data(r) for r in event["Records"]])

@app.kinesis_stream_handler("ledger-clicks", 10, per_record=True, function="reports")
def watch(record, context):
    say(context, "watch", data=data(record))
    if "poison" in data(record):
        raise ValueError("poison")

@app.kinesis_stream_handler(variable("tips_arn"), 10)
def tip(event, context):
    say(context, "tip", data=[data(r) for r in event["Records"]])
"""


@pytest.fixture(scope="module")
def dynamodb(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "dynamodb")


@pytest.fixture(scope="module")
def kinesis(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "kinesis")


def create_table(dynamodb: Any, name: str, **more: Any) -> dict[str, Any]:
    """Creates a table with the key ``id``, and returns its description."""
    description: dict[str, Any] = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )["TableDescription"]
    return description


@pytest.fixture(scope="module")
def variables(emulator: emulator_environment.Emulator, dynamodb: Any, kinesis: Any) -> dict[str, str]:
    """Environment variables with the ARNs of the streams and the queue that the app does not own."""
    sqs = emulator_environment.create_client(emulator, "sqs")
    url = sqs.create_queue(QueueName="ledger-lost")["QueueUrl"]
    kinesis.create_stream(StreamName="ledger-tips", ShardCount=1)
    return {
        "TF_VAR_cellar_arn": create_table(dynamodb, "ledger-cellar", StreamSpecification=IMAGES)[
            "LatestStreamArn"
        ],
        "TF_VAR_tips_arn": kinesis.describe_stream_summary(StreamName="ledger-tips")[
            "StreamDescriptionSummary"
        ]["StreamARN"],
        "TF_VAR_lost_arn": sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ],
    }


@pytest.fixture(scope="module")
def records(dynamodb: Any, kinesis: Any) -> None:
    """Creates records before the app is deployed, so that they arrive in one batch."""
    create_table(dynamodb, "ledger-dev-wines", StreamSpecification=IMAGES)
    for name in ("a", "corked", "b"):
        dynamodb.put_item(TableName="ledger-dev-wines", Item={"id": {"S": name}})
    kinesis.create_stream(StreamName="ledger-clicks", ShardCount=1)
    records = [{"Data": data.encode(), "PartitionKey": "bar"} for data in ("a", "poison", "b")]
    kinesis.put_records(StreamName="ledger-clicks", Records=records)


@pytest.fixture(scope="module")
def ledger(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    variables: dict[str, str],
    records: None,
) -> Path:
    """The project, deployed."""
    project = write_project(tmp_path_factory.mktemp("streams") / "ledger", {"app_name": "ledger"}, APP)
    done = command_line("local", "deploy", cwd=project, **variables)
    assert done.code == 0, done
    return project


def find_mapping(emulator: emulator_environment.Emulator, function: str, source: str) -> dict[str, Any]:
    """Returns the event source mapping of a function for a source whose ARN has this text."""
    pages = emulator_environment.create_client(emulator, "lambda").list_event_source_mappings(
        FunctionName=function
    )
    (mapping,) = [each for each in pages["EventSourceMappings"] if source in each["EventSourceArn"]]
    return dict(mapping)


def test_change_of_an_item_reaches_its_handlers(
    ledger: Path,
    command_line: CommandLine,
    await_line: AwaitLine,
    dynamodb: Any,
    emulator: emulator_environment.Emulator,
) -> None:
    sent = command_line("local", "send", "order", '{"id": "1", "for": "Ünal", "beers": [1.5]}', cwd=ledger)
    assert (sent.code, sent.out, sent.err) == (0, "put an item into ledger-orders\n", "")
    image = {"id": {"S": "1"}, "for": {"S": "Ünal"}, "beers": {"L": [{"N": "1.5"}]}}
    await_line(MAIN, "order", lambda line: ["INSERT", image] in line["changes"])
    dynamodb.delete_item(TableName="ledger-orders", Key={"id": {"S": "1"}})
    await_line(MAIN, "order", lambda line: ["REMOVE", None] in line["changes"])
    await_line(REPORTS, "cancelled", lambda line: line["changes"] == [["REMOVE", {"id": {"S": "1"}}]])
    assert len(read_lines(emulator, REPORTS, "cancelled")) == 1


def test_send_rejects_a_payload_without_the_key_of_the_table(ledger: Path, command_line: CommandLine) -> None:
    sent = command_line("local", "send", "order", '{"Id": "1"}', cwd=ledger)
    assert (sent.code, sent.err) == (
        1,
        "Error: The payload has no 'id' of type S, which is a key of the table ledger-orders.\n"
        'Add all keys: S is a string, N a number, as in \'{"id": "1", "beer": 2}\'.\n',
    )


def test_table_of_a_variable_reaches_its_handler(
    ledger: Path, command_line: CommandLine, await_line: AwaitLine
) -> None:
    assert command_line("local", "send", "cellar", '{"id": "barolo"}', cwd=ledger).code == 0
    await_line(REPORTS, "cellar", lambda line: line["ids"] == ["barolo"])


def test_records_after_a_failed_one_are_not_handled(
    ledger: Path, command_line: CommandLine, await_line: AwaitLine, emulator: emulator_environment.Emulator
) -> None:
    """The emulator does not retry them: it ignores the response that names the failed record."""
    assert command_line("local", "send", "wine", '{"id": "last"}', cwd=ledger).code == 0
    await_line(MAIN, "wine", lambda line: line["id"] == "last")
    assert [line["id"] for line in read_lines(emulator, MAIN, "wine")] == ["a", "corked", "last"]
    assert command_line("local", "send", "watch", '"last"', cwd=ledger).code == 0
    await_line(REPORTS, "watch", lambda line: line["data"] == "last")
    assert [line["data"] for line in read_lines(emulator, REPORTS, "watch")] == ["a", "poison", "last"]


def test_record_reaches_its_handlers(ledger: Path, command_line: CommandLine, await_line: AwaitLine) -> None:
    payload = json.dumps({"text": '${x} "q" \\ \n 🍺'})
    sent = command_line("local", "send", "click", payload, cwd=ledger)
    assert (sent.code, sent.out, sent.err) == (0, "put a record into ledger-clicks\n", "")
    await_line(MAIN, "click", lambda line: payload in line["data"])
    await_line(REPORTS, "watch", lambda line: line["data"] == payload)
    assert command_line("local", "send", "tip", '"50 cents"', cwd=ledger).code == 0
    await_line(MAIN, "tip", lambda line: line["data"] == ["50 cents"])


def test_filter_of_a_created_stream_lets_only_matching_records_through(
    ledger: Path, command_line: CommandLine, await_line: AwaitLine, emulator: emulator_environment.Emulator
) -> None:
    for kind in ("wine", "beer", "soda", "beer"):
        assert command_line("local", "send", "pour", json.dumps({"kind": kind}), cwd=ledger).code == 0
    beer = '{"kind": "beer"}'

    def list_poured() -> list[str]:
        return [data for line in read_lines(emulator, MAIN, "pour") for data in line["data"]]

    assert wait_until(lambda: len(list_poured()) == 2, PATIENCE), list_poured()
    assert list_poured() == [beer, beer]


def test_created_stream_is_encrypted_and_on_demand(ledger: Path, kinesis: Any) -> None:
    found = kinesis.describe_stream_summary(StreamName="ledger-dev-pours")["StreamDescriptionSummary"]
    assert found["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert (found["EncryptionType"], found["KeyId"]) == ("KMS", "alias/aws/kinesis")


def test_mappings_have_the_declared_settings(
    ledger: Path, emulator: emulator_environment.Emulator, variables: dict[str, str]
) -> None:
    cellar = find_mapping(emulator, "ledger-dev-reports", "ledger-cellar")
    assert (cellar["EventSourceArn"], cellar["BatchSize"]) == (variables["TF_VAR_cellar_arn"], 1)
    assert (cellar["StartingPosition"], cellar["MaximumRecordAgeInSeconds"]) == ("TRIM_HORIZON", 60)
    assert cellar["DestinationConfig"] == {"OnFailure": {"Destination": variables["TF_VAR_lost_arn"]}}
    assert find_mapping(emulator, "ledger-dev-reports", "ledger-orders")["StartingPosition"] == "LATEST"
    watch = find_mapping(emulator, "ledger-dev-reports", "ledger-clicks")
    assert watch["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_role_may_read_exactly_its_streams(
    ledger: Path,
    emulator: emulator_environment.Emulator,
    variables: dict[str, str],
    dynamodb: Any,
    kinesis: Any,
) -> None:
    iam = emulator_environment.create_client(emulator, "iam")

    def resources(concern: str) -> list[list[str]]:
        role = "ledger-dev-reports"
        policy = iam.get_role_policy(RoleName=role, PolicyName=concern)["PolicyDocument"]
        return [statement["Resource"] for statement in policy["Statement"]]

    orders = dynamodb.describe_table(TableName="ledger-orders")["Table"]["LatestStreamArn"]
    clicks = kinesis.describe_stream_summary(StreamName="ledger-clicks")["StreamDescriptionSummary"]
    assert [sorted(each) for each in resources("dynamodb")] == [
        sorted([orders, variables["TF_VAR_cellar_arn"]])
    ]
    assert resources("kinesis") == [[clicks["StreamARN"]]]
    assert resources("on_failure") == [[variables["TF_VAR_lost_arn"]]]


def test_second_deployment_changes_nothing(
    ledger: Path, command_line: CommandLine, variables: dict[str, str]
) -> None:
    done = command_line("local", "deploy", cwd=ledger, **variables)
    assert done.code == 0, done
    assert "nothing to change" in done.out, done.out


def list_records(emulator: emulator_environment.Emulator) -> list[tuple[str, str]]:
    """Returns the records that reached the handlers of two sources with records of any age, in words."""
    orders = [
        (line["handler"], json.dumps(change))
        for line in read_lines(emulator, MAIN, "order")
        for change in line["changes"]
    ]
    clicks = [("click", data) for line in read_lines(emulator, MAIN, "click") for data in line["data"]]
    return sorted(orders + clicks)


def test_renamed_handlers_read_every_record_once(
    ledger: Path,
    command_line: CommandLine,
    variables: dict[str, str],
    emulator: emulator_environment.Emulator,
    dynamodb: Any,
    kinesis: Any,
) -> None:
    """A mapping that is created again reads its stream from the beginning."""
    app = ledger / "app.py"
    app.write_text(re.sub(r"^def (order|click|watch)\(", r"def new_\1(", APP, flags=re.MULTILINE))
    before, put = list_records(emulator), list[tuple[str, str]]()

    def put_records(number: int) -> None:
        image = {"id": {"S": f"renamed {number}"}}
        dynamodb.put_item(TableName="ledger-orders", Item=image)
        kinesis.put_record(StreamName="ledger-clicks", Data=f"renamed {number}", PartitionKey="bar")
        put.extend([("order", json.dumps(["INSERT", image])), ("click", f"renamed {number}")])

    with repeat(put_records):
        done = command_line("local", "deploy", cwd=ledger, **variables)
        assert done.code == 0, done
    assert "0 to add, 2 to change, 0 to destroy, 3 to move." in done.out, done.out
    assert put
    expected = sorted(before + put)
    assert wait_until(lambda: len(list_records(emulator)) >= len(expected), PATIENCE), list_records(emulator)
    assert list_records(emulator) == expected


def test_destroy_removes_only_what_the_app_owns(
    ledger: Path,
    command_line: CommandLine,
    variables: dict[str, str],
    emulator: emulator_environment.Emulator,
    dynamodb: Any,
    kinesis: Any,
) -> None:
    data = {"TF_DATA_DIR": str(emulator.log.parent / "ledger-dev.terraform")}
    done = command_line("destroy", "--", "-auto-approve", cwd=ledger, **variables, **data)
    assert done.code == 0, done
    tables, streams = dynamodb.list_tables()["TableNames"], kinesis.list_streams()["StreamNames"]
    assert {"ledger-orders", "ledger-cellar", "ledger-dev-wines"} <= set(tables)
    assert [name for name in streams if name.startswith("ledger")] == ["ledger-clicks", "ledger-tips"]
    left = emulator_environment.create_client(emulator, "lambda").list_event_source_mappings()[
        "EventSourceMappings"
    ]
    assert [each for each in left if "ledger" in each["EventSourceArn"]] == []


def test_table_without_a_stream_is_an_error(tmp_path: Path, command_line: CommandLine, dynamodb: Any) -> None:
    app = "import domovoi_tf\napp = domovoi_tf.Domovoi()\n"
    app += "@app.dynamodb_stream_handler('dry-orders')\ndef order(event, context): ...\n"
    write_project(tmp_path, {"app_name": "dry"}, app)
    create_table(dynamodb, "dry-orders")
    done = command_line("local", "deploy", cwd=tmp_path)
    assert done.code == 1, done
    message = " ".join(done.err.replace("│", "").split())
    assert (
        "The DynamoDB table dry-orders has no stream. Enable it where the table is created, with "
        "stream_enabled and stream_view_type." in message
    ), done
