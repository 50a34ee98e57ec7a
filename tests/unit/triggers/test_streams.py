"""DynamoDB and Kinesis streams: problems of declarations, permissions, windows and batch responses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, DomovoiError, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.event_request import SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.triggers.kinesis import Kinesis
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
TABLE = "arn:aws:dynamodb:us-east-2:123456789012:table/{}/stream/2026-01-31T10:20:30.400"
STREAM = "arn:aws:kinesis:us-east-2:123456789012:stream/{}"
QUEUE, TOPIC = "arn:aws:sqs:us-east-2:123456789012:lost", "arn:aws-cn:sns:cn-north-1:123456789012:lost"
KINDS = ("dynamodb", "kinesis")


def run_app(source: str) -> Domovoi:
    """Runs source code as app.py and returns its app."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    app: Domovoi = names["app"]
    return app


def find_problems(source: str) -> str:
    """Returns the report of the problems of source code."""
    return find_app_problems(run_app(source))


def stream(kind: str, arguments: str, name: str = "tend") -> str:
    return f"@app.{kind}_stream_handler({arguments})\ndef {name}(event, context): ...\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "arguments",
    [
        "'a.b-c_D'",
        "'q' * 128",
        "scoped('q' * 120)",
        "variable('stream_arn')",
        "'abc', 1",
        "'abc', 10000, maximum_batching_window=0",
        "'abc', maximum_batching_window=300, parallelization_factor=1",
        "'abc', parallelization_factor=10, maximum_retry_attempts=-1, maximum_record_age=-1",
        "'abc', maximum_retry_attempts=0, maximum_record_age=60",
        "'abc', maximum_retry_attempts=10000, maximum_record_age=604800, bisect_batch_on_error=True",
        "'abc', starting_position='LATEST', tumbling_window=900",
        "'abc', tumbling_window=0, per_record=True",
        f"'abc', on_failure={QUEUE!r}",
        f"'abc', on_failure={TOPIC!r}",
        "'abc', on_failure=variable('lost_arn')",
        "'abc', filters=[{'eventID': ['x' * 4080]}] * 5",
    ],
)
def test_valid_declarations_have_no_problems(kind: str, arguments: str) -> None:
    assert find_problems(stream(kind, arguments)) == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("arguments", "report"),
    [
        ("'abc', 0", "batch_size is 0\n    Use a whole number from 1 to 10000."),
        ("'abc', True", "batch_size is True\n    Use a whole number from 1 to 10000."),
        ("'abc', 10001", "batch_size is 10001\n    Use a whole number from 1 to 10000."),
        (
            "'abc', maximum_batching_window=301",
            "maximum_batching_window is 301\n    Use a whole number from 0 to 300.",
        ),
        (
            "'abc', parallelization_factor=0",
            "parallelization_factor is 0\n    Use a whole number from 1 to 10.",
        ),
        (
            "'abc', parallelization_factor=11",
            "parallelization_factor is 11\n    Use a whole number from 1 to 10.",
        ),
        (
            "'abc', maximum_retry_attempts=-2",
            "maximum_retry_attempts is -2\n    Use a whole number from -1 to 10000.",
        ),
        (
            "'abc', maximum_retry_attempts=10001",
            "maximum_retry_attempts is 10001\n    Use a whole number from -1 to 10000.",
        ),
        *(
            (
                f"'abc', maximum_record_age={age}",
                f"maximum_record_age is {age}\n"
                "    Use a whole number of seconds from 60 to 604800, or -1 for no limit.",
            )
            for age in (-2, 0, 59, 604801, 60.0, "'60'")
        ),
        ("'abc', tumbling_window=901", "tumbling_window is 901\n    Use a whole number from 0 to 900."),
        ("'abc', tumbling_window=-1", "tumbling_window is -1\n    Use a whole number from 0 to 900."),
        (
            "'abc', tumbling_window=1, per_record=True",
            "per_record and tumbling_window exclude each other\n"
            "    Leave one of them out: the handler of a window receives a batch and returns its state.",
        ),
        (
            "'abc', starting_position='AT_TIMESTAMP'",
            "starting_position is 'AT_TIMESTAMP'\n    Use TRIM_HORIZON or LATEST.",
        ),
        ("'abc', filters=[{'eventID': ['x']}] * 6", "there are 6 filters\n    AWS accepts at most 5."),
        (
            "'abc', filters=[{'eventID': ['x']}, {'eventID': ['x' * 4081]}]",
            "filter 2 has 4097 characters\n    AWS accepts at most 4096.",
        ),
        (
            "'abc', per_record=True, maximum_retry_attempts=3, bisect_batch_on_error=False",
            "bisect_batch_on_error is False with per_record and maximum_retry_attempts=3: Lambda would "
            "discard the records after a failed one with it\n"
            "    Leave bisect_batch_on_error out, or maximum_retry_attempts.",
        ),
        # where discarded batches are reported
        (
            f"'abc', on_failure={QUEUE + '.fifo'!r}",
            f"on_failure is the FIFO queue '{QUEUE}.fifo'\n"
            "    Use the ARN of a standard queue: Lambda sends no failures to FIFO queues and topics.",
        ),
        (
            f"'abc', on_failure={TOPIC + '.fifo'!r}",
            f"on_failure is the FIFO topic '{TOPIC}.fifo'\n"
            "    Use the ARN of a standard topic: Lambda sends no failures to FIFO queues and topics.",
        ),
        *(
            (
                f"'abc', on_failure={given}",
                f"on_failure is {given}\n"
                "    Use the ARN of a standard SQS queue or SNS topic, "
                'or pass it from Terraform with variable("...").',
            )
            for given in ("'lost'", "'arn:aws:s3:::lost'", "scoped('lost')", "7", f"'{QUEUE}:1'")
        ),
        # names
        ("5", "{argument} is 5\n    Use a string, scoped() or variable()."),
        ("'a/b'", "'a/b' is not a valid {noun} name\n    Use letters, digits, ., - and _ only."),
    ],
)
def test_report_names_each_problem_and_its_remedy(kind: str, arguments: str, report: str) -> None:
    noun = "DynamoDB table" if kind == "dynamodb" else "Kinesis stream"
    argument = "table_name" if kind == "dynamodb" else "stream_name"
    report = report.replace("{noun}", noun).replace("{argument}", argument)
    assert find_problems(stream(kind, arguments)) == f"app.py:1: {report}"


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            stream("dynamodb", "'ab'"),
            "the DynamoDB table name 'ab' has 2 characters\n    AWS requires at least 3.",
        ),
        (
            stream("dynamodb", "scoped('q' * 248)"),
            f"the DynamoDB table name 'bar-dev-{'q' * 248}' has 256 characters\n    AWS allows at most 255.",
        ),
        (
            stream("kinesis", "'q' * 129"),
            f"the Kinesis stream name '{'q' * 129}' has 129 characters\n    AWS allows at most 128.",
        ),
        (
            stream("kinesis", f"{STREAM.format('q')!r}"),
            f"'{STREAM.format('q')}' is an ARN, but a name is expected\n"
            "    Write 'q', or pass the ARN from Terraform with variable(\"...\").",
        ),
        (
            stream("dynamodb", "'abc', filters={'eventName': ['INSERT']}"),
            'filters is a dict\n    Write filters=[{"eventName": ["INSERT"]}].',
        ),
        (
            stream("kinesis", "'abc', filters='beer'"),
            'filters is \'beer\'\n    Write filters=[{"data": {"kind": ["beer"]}}].',
        ),
    ],
)
def test_report_names_problems_of_one_kind(source: str, report: str) -> None:
    assert find_problems(source) == f"app.py:1: {report}"


def test_length_of_a_scoped_name_includes_the_prefix_of_the_stage() -> None:
    assert find_problems(stream("dynamodb", "scoped('a')")) == ""


def test_two_handlers_of_a_stream_must_be_in_two_functions() -> None:
    source = stream("dynamodb", "'abc'", "one") + stream("dynamodb", "'abc'", "two")
    assert find_problems(source) == (
        "app.py:3: two and one (app.py:1) both handle dynamodb abc\n"
        "    Keep one handler and call the other from it, or give each its own source."
    )
    assert (
        find_problems(
            "app.function('f')\n" + source.replace("'abc')\ndef two", "'abc', function='f')\ndef two")
        )
        == ""
    )


def test_all_handlers_of_a_stream_must_agree_on_create() -> None:
    source = (
        "app.function('f')\n"
        + stream("kinesis", "'abc', create=True", "one")
        + stream("kinesis", "'abc', function='f'", "two")
    )
    assert find_problems(source) == (
        "app.py:4: create is False here, but True at app.py:2 for abc\n"
        "    Use the same value in both places: either the app owns it, or it refers to it by name."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_window_with_parallel_batches_is_a_warning(kind: str) -> None:
    def list_warnings(arguments: str) -> list[str]:
        return [each.message for each in find_warnings(run_app(stream(kind, arguments)).freeze(), SETTINGS)]

    assert list_warnings("'abc', tumbling_window=1, parallelization_factor=2") == [
        "tumbling_window passes state from batch to batch, which parallel batches do not "
        "share: leave parallelization_factor at 1"
    ]
    assert list_warnings("'abc', tumbling_window=1, parallelization_factor=1") == []
    assert list_warnings("'abc', tumbling_window=0, parallelization_factor=2") == []


def test_role_may_read_only_the_streams_of_its_function() -> None:
    app = Domovoi()
    app.function("f")
    app.dynamodb_stream_handler("orders", on_failure=QUEUE)(one)
    app.dynamodb_stream_handler(scoped("wines"), on_failure=TOPIC)(two)
    app.kinesis_stream_handler("clicks", create=True, on_failure=QUEUE)(three)
    app.kinesis_stream_handler(variable("pours_arn"), function="f", on_failure=variable("lost_arn"))(four)
    default, f = synthesize(app.freeze(), SETTINGS).functions
    dynamodb = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    kinesis = ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")

    def list_statements(function: Any) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
        return {
            concern: [(s.actions, s.resources) for s in statements]
            for concern, statements in function.mapping_statements.items()
        }

    assert list_statements(default) == {
        "dynamodb": [
            (
                tuple(f"dynamodb:{action}" for action in dynamodb),
                ("data.aws_dynamodb_table.orders.stream_arn", "data.aws_dynamodb_table.wines.stream_arn"),
            )
        ],
        "kinesis": [(tuple(f"kinesis:{action}" for action in kinesis), ("aws_kinesis_stream.clicks.arn",))],
        "on_failure": [(("sns:Publish",), (TOPIC,)), (("sqs:SendMessage",), (QUEUE,))],
    }
    assert list_statements(f) == {
        "kinesis": [(tuple(f"kinesis:{action}" for action in kinesis), ("var.pours_arn",))],
        "on_failure": [(("sns:Publish", "sqs:SendMessage"), ("var.lost_arn",))],
    }


def test_inputs_of_variables_accept_only_arns() -> None:
    app = Domovoi()
    app.dynamodb_stream_handler(variable("orders_arn"), on_failure=variable("lost_arn"))(one)
    app.kinesis_stream_handler(variable("clicks_arn"), on_failure=variable("lost_arn"))(two)
    inputs = {each.name: each for each in synthesize(app.freeze(), SETTINGS).inputs}
    assert {name: each.description for name, each in inputs.items()} == {
        "clicks_arn": "ARN of a Kinesis stream for two.",
        "lost_arn": "ARN of a standard SQS queue or SNS topic for one, two.",
        "orders_arn": "ARN of a DynamoDB table's stream for one.",
    }
    accepted = {
        "orders_arn": [TABLE.format("orders")],
        "clicks_arn": [STREAM.format("clicks")],
        "lost_arn": [QUEUE, TOPIC],
    }
    rejected = {
        "orders_arn": [TABLE.format("orders").partition("/stream")[0], STREAM.format("orders")],
        "clicks_arn": [f"{STREAM.format('clicks')}/consumer/bar:1", TABLE.format("clicks")],
        "lost_arn": [f"{QUEUE}.fifo", "lost", STREAM.format("lost")],
    }
    for name, each in inputs.items():
        assert [arn for arn in accepted[name] if not re.search(each.pattern, arn)] == []
        assert [arn for arn in rejected[name] if re.search(each.pattern, arn)] == []


def one(event: Any, context: Any) -> None: ...


def two(event: Any, context: Any) -> None: ...


def three(event: Any, context: Any) -> None: ...


def four(event: Any, context: Any) -> None: ...


def batch(kind: str, name: str, *data: str) -> dict[str, Any]:
    arn = (TABLE if kind == "dynamodb" else STREAM).format(name)
    number = "SequenceNumber" if kind == "dynamodb" else "sequenceNumber"
    return {
        "Records": [
            {kind: {number: f"at-{each}", "data": each}, "eventSource": f"aws:{kind}", "eventSourceARN": arn}
            for each in data
        ]
    }


class Bar:
    """An app with a handler of batches and a handler of records, which record what they receive."""

    def __init__(self, kind: str) -> None:
        self.app, self.handled = Domovoi(), list[Any]()

        def whole(event: Any, context: Any) -> Any:
            self.handled.append(event)
            return {"state": {"n": event.get("state", {}).get("n", 0) + len(event["Records"])}}

        def each(record: Any, context: Any) -> None:
            self.handled.append(record[kind]["data"])
            if record[kind]["data"].startswith("bad"):
                raise ValueError("refused")

        decorator = getattr(self.app, f"{kind}_stream_handler")
        decorator("orders")(whole)
        decorator(scoped("pours"), per_record=True)(each)


@pytest.fixture
def bar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bar:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "bar-dev")
    return Bar(request.param)


both_kinds = pytest.mark.parametrize(("kind", "bar"), [(kind, kind) for kind in KINDS], indirect=["bar"])


@both_kinds
def test_batch_stops_at_the_first_failure_and_reports_the_rest(kind: str, bar: Bar) -> None:
    result = bar.app(batch(kind, "bar-dev-pours", "a", "bad", "b", "bad-2"), None)
    assert result == {"batchItemFailures": [{"itemIdentifier": f"at-{x}"} for x in ("bad", "b", "bad-2")]}
    assert bar.handled == ["a", "bad"]
    assert bar.app(batch(kind, "bar-dev-pours", "b"), None) == {"batchItemFailures": []}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "splits"),
    [
        ({"per_record": True}, False),
        ({"per_record": True, "maximum_retry_attempts": -1}, False),
        ({"per_record": True, "maximum_record_age": 60}, False),
        ({"per_record": True, "bisect_batch_on_error": True}, True),
        ({"per_record": True, "maximum_retry_attempts": 0}, True),
        ({"per_record": True, "maximum_retry_attempts": 3}, True),
        ({"maximum_retry_attempts": 3}, False),
        ({"maximum_retry_attempts": 3, "report_failures": True}, False),
        ({"bisect_batch_on_error": True}, True),
    ],
)
def test_batch_is_split_if_single_records_have_a_limit(
    kind: str, options: dict[str, Any], splits: bool
) -> None:
    app = Domovoi()

    def pour(event: Any, context: Any) -> None:
        raise ValueError("refused")

    getattr(app, f"{kind}_stream_handler")("pours", **options)(pour)
    assert app.freeze().routes[0].trigger.arguments("pour")["bisect_batch_on_error"] is splits
    if options.get("per_record"):
        if splits:  # Lambda splits a failed batch, and could repeat one whose first record is reported
            with pytest.raises(ValueError, match="refused"):
                app(batch(kind, "pours", "a", "b"), None)
        else:
            report = {"batchItemFailures": [{"itemIdentifier": "at-a"}, {"itemIdentifier": "at-b"}]}
            assert app(batch(kind, "pours", "a", "b"), None) == report
        report = {"batchItemFailures": [{"itemIdentifier": "at-a"}]}
        assert app(batch(kind, "pours", "a"), None) == report


@pytest.mark.parametrize("kind", KINDS)
def test_failure_after_a_success_is_reported_even_if_batches_are_split(kind: str) -> None:
    """An exception would hand the first record out again."""
    app, handled = Domovoi(), list[str]()

    def pour(record: Any, context: Any) -> None:
        handled.append(record[kind]["data"])
        if record[kind]["data"] == "bad":
            raise ValueError("refused")

    options = {"per_record": True, "maximum_retry_attempts": 3}
    getattr(app, f"{kind}_stream_handler")("pours", **options)(pour)
    report = {"batchItemFailures": [{"itemIdentifier": "at-bad"}, {"itemIdentifier": "at-b"}]}
    assert app(batch(kind, "pours", "a", "bad", "b"), None) == report
    assert handled == ["a", "bad"]


AGE = (
    "maximum_record_age without maximum_retry_attempts: a record that always fails holds up its shard until "
    "it is too old, and Lambda also discards the records after it that are too old by then. Set "
    "maximum_retry_attempts"
)
REPORTS = (
    "report_failures and maximum_retry_attempts without bisect_batch_on_error: Lambda discards the rest of "
    "the batch with a record that always fails. Set bisect_batch_on_error=True, and raise an exception if "
    "the first record of a batch fails"
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("arguments", "warnings"),
    [
        ("per_record=True, maximum_record_age=60", [AGE]),
        ("report_failures=True, maximum_record_age=60", [AGE]),
        ("per_record=True, maximum_record_age=60, maximum_retry_attempts=-1", [AGE]),
        ("per_record=True, maximum_record_age=60, bisect_batch_on_error=False", [AGE]),
        ("per_record=True, maximum_record_age=60, maximum_retry_attempts=3", []),
        ("per_record=True, maximum_record_age=-1", []),
        ("maximum_record_age=60", []),
        ("per_record=True, maximum_retry_attempts=3", []),
        ("report_failures=True, maximum_retry_attempts=3", [REPORTS]),
        ("report_failures=True, maximum_retry_attempts=3, batch_size=1", []),
        ("per_record=True, maximum_retry_attempts=3, batch_size=1, bisect_batch_on_error=False", []),
        ("report_failures=True, maximum_retry_attempts=3, bisect_batch_on_error=True", []),
        ("report_failures=True, maximum_retry_attempts=3, bisect_batch_on_error=False", []),
        ("report_failures=True, maximum_retry_attempts=-1", []),
    ],
)
def test_limit_that_discards_waiting_records_is_a_warning(
    kind: str, arguments: str, warnings: list[str]
) -> None:
    source = stream(kind, f"'abc', {arguments}")
    assert find_problems(source) == ""
    notices = find_warnings(run_app(source).freeze(), SETTINGS)
    assert [f"{notice.location}: {notice.message}" for notice in notices] == [
        f"app.py:1: {warning}" for warning in warnings
    ]


@both_kinds
@pytest.mark.parametrize("content", [None, {}, "text"])
def test_record_without_a_sequence_number_is_rejected_before_any_is_handled(
    kind: str, bar: Bar, content: object
) -> None:
    event = batch(kind, "bar-dev-pours", "a", "b")
    event["Records"][1][kind] = content
    with pytest.raises(DispatchError) as raised:
        bar.app(event, None)
    number = "dynamodb.SequenceNumber" if kind == "dynamodb" else "kinesis.sequenceNumber"
    assert str(raised.value) == f"A record has no {number}.\nSend every record in the form that AWS uses."
    assert bar.handled == []


@both_kinds
def test_error_names_the_stream_without_a_handler(kind: str, bar: Bar) -> None:
    arn = (TABLE if kind == "dynamodb" else STREAM).format("wines")
    with pytest.raises(DispatchError) as raised:
        bar.app(batch(kind, "wines", "a"), None)
    assert str(raised.value) == (
        f"No handler for the {kind} source {arn!r}.\n"
        f"Sources with a handler in this function: {kind} bar-dev-pours, {kind} orders."
    )


@both_kinds
@pytest.mark.parametrize("arn", [None, 7, ""])
def test_record_without_an_arn_is_an_error(kind: str, bar: Bar, arn: object) -> None:
    event = batch(kind, "orders", "a")
    event["Records"][0]["eventSourceARN"] = arn
    with pytest.raises(DispatchError):
        bar.app(event, None)
    assert bar.handled == []


def window(kind: str, name: str, *data: str, final: bool) -> dict[str, Any]:
    """Returns an event of a tumbling window in the form that AWS sends.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
    """
    return {
        **batch(kind, name, *data),
        "window": {"start": "2026-01-31T10:20:00Z", "end": "2026-01-31T10:22:00Z"},
        "state": {"n": 40},
        "shardId": "shardId-000000000006",
        "eventSourceARN": (TABLE if kind == "dynamodb" else STREAM).format(name),
        "isFinalInvokeForWindow": final,
        "isWindowTerminatedEarly": False,
    }


@both_kinds
def test_handler_of_a_window_receives_its_state_and_end_and_returns_the_state(kind: str, bar: Bar) -> None:
    first = window(kind, "orders", "a", "b", final=False)
    final = window(kind, "orders", final=True)
    assert bar.app(first, None) == {"state": {"n": 42}}
    assert bar.app(final, None) == {"state": {"n": 40}}
    assert bar.handled == [first, final]


@both_kinds
def test_window_without_a_handler_is_an_error(kind: str, bar: Bar) -> None:
    with pytest.raises(DispatchError):
        bar.app(window(kind, "wines", final=True), None)


@both_kinds
def test_stream_of_a_variable_is_identified_by_its_arn(
    kind: str, bar: Bar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_wines_arn", (TABLE if kind == "dynamodb" else STREAM).format("wines"))

    getattr(bar.app, f"{kind}_stream_handler")(variable("wines_arn"))(make_handler("wine"))
    assert bar.app(batch(kind, "wines", "a"), None) == "wine"


def test_table_and_data_stream_with_the_same_name_are_told_apart() -> None:
    app = Domovoi()
    app.dynamodb_stream_handler("orders")(make_handler("table"))
    app.kinesis_stream_handler("orders")(make_handler("stream"))
    assert find_app_problems(app) == ""
    assert app(batch("dynamodb", "orders", "a"), None) == "table"
    assert app(batch("kinesis", "orders", "a"), None) == "stream"


def make_handler(name: str) -> Any:
    def handle(event: Any, context: Any) -> str:
        return name

    handle.__name__ = name
    return handle


def find_app_problems(app: Domovoi) -> str:
    return str(ValidationError(validate(app.freeze(), SETTINGS)))


class Client:
    """A boto3 client of DynamoDB and Kinesis that records its calls."""

    class exceptions:  # noqa: N801 - boto3's name
        class ResourceInUseException(Exception): ...  # noqa: N818

    def __init__(self, *existing: str) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.existing = existing

    def __call__(self, service: str) -> Client:
        return self

    def describe_table(self, **arguments: Any) -> dict[str, Any]:
        return {
            "Table": {
                "KeySchema": [{"AttributeName": "id"}, {"AttributeName": "at"}],
                "AttributeDefinitions": [
                    {"AttributeName": "at", "AttributeType": "N"},
                    {"AttributeName": "id", "AttributeType": "S"},
                    {"AttributeName": "of_an_index", "AttributeType": "S"},
                ],
            }
        }

    def create_table(self, **arguments: Any) -> None:
        self._create("create_table", arguments["TableName"], arguments)

    def create_stream(self, **arguments: Any) -> None:
        self._create("create_stream", arguments["StreamName"], arguments)

    def put_item(self, **arguments: Any) -> None:
        self.calls.append(("put_item", arguments))

    def put_record(self, **arguments: Any) -> None:
        self.calls.append(("put_record", arguments))

    def _create(self, operation: str, name: str, arguments: dict[str, Any]) -> None:
        if name in self.existing:
            raise self.exceptions.ResourceInUseException
        self.calls.append((operation, arguments))


DEPLOYED = {
    "DOMOVOI_TF_NAME": "bar-dev",
    "DOMOVOI_TF_VAR_table_arn": TABLE.format("wines"),
    "DOMOVOI_TF_VAR_stream_arn": STREAM.format("wines"),
}


def test_prepare_creates_missing_tables_and_streams_that_the_app_looks_up() -> None:
    app, client = Domovoi(), Client("existing")
    for name in ("existing", scoped("orders"), variable("table_arn")):
        app.dynamodb_stream_handler(name)(one)
    for name in ("existing", scoped("clicks"), variable("stream_arn")):
        app.kinesis_stream_handler(name)(one)
    app.kinesis_stream_handler("own", create=True)(one)
    for route in app.freeze().routes:
        route.trigger.prepare(client, DEPLOYED)
    assert client.calls == [
        (
            "create_table",
            {
                "TableName": "bar-dev-orders",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            },
        ),
        (
            "create_stream",
            {"StreamName": "bar-dev-clicks", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}},
        ),
    ]


@pytest.mark.parametrize(
    ("filters", "sample"),
    [
        (None, {"id": "1", "message": "hello"}),
        ([{"data": {"kind": ["beer"]}}, {"data": {"kind": ["wine"]}}], {"kind": "beer"}),
        ([{"partitionKey": ["1"]}], {"id": "1", "message": "hello"}),
    ],
)
def test_sample_of_a_data_stream_passes_its_filters(filters: Any, sample: Any) -> None:
    assert Kinesis(name="clicks", filters=filters).sample() == sample


def test_send_puts_an_item_of_attribute_values() -> None:
    app, client = Domovoi(), Client()
    app.dynamodb_stream_handler(variable("table_arn"))(one)
    (route,) = app.freeze().routes
    data = '{"id": "ü", "at": 0.1, "a": [1, null, {"b": true}], "big": 123456789012345678901234567890.5}'
    assert (
        route.trigger.send(client, DEPLOYED, "one", SentPayload(text_in_json=data))
        == "put an item into wines"
    )
    assert client.calls == [
        (
            "put_item",
            {
                "TableName": "wines",
                "Item": {
                    "id": {"S": "ü"},
                    "at": {"N": "0.1"},
                    "a": {"L": [{"N": "1"}, {"NULL": True}, {"M": {"b": {"BOOL": True}}}]},
                    "big": {"N": "123456789012345678901234567890.5"},
                },
            },
        )
    ]


@pytest.mark.parametrize(
    ("data", "key", "type_"),
    [("{}", "id", "S"), ('{"id": "1"}', "at", "N"), ('{"id": 1, "at": 1}', "id", "S"), ("[1]", "id", "S")],
)
def test_send_rejects_an_item_without_its_keys(data: str, key: str, type_: str) -> None:
    app, client = Domovoi(), Client()
    app.dynamodb_stream_handler("orders")(one)
    (route,) = app.freeze().routes
    with pytest.raises(DomovoiError) as raised:
        route.trigger.send(client, DEPLOYED, "one", SentPayload(text_in_json=data))
    assert str(raised.value) == (
        f"The payload has no {key!r} of type {type_}, which is a key of the table orders.\n"
        'Add all keys: S is a string, N a number, as in \'{"id": "1", "beer": 2}\'.'
    )
    assert client.calls == []


def test_send_puts_a_record_unchanged() -> None:
    app, client = Domovoi(), Client()
    app.kinesis_stream_handler(variable("stream_arn"))(one)
    app.kinesis_stream_handler(scoped("clicks"))(two)
    for route in app.freeze().routes:
        route.trigger.send(client, DEPLOYED, "one", SentPayload(text_in_json='"ü"'))
    assert client.calls == [
        ("put_record", {"StreamName": name, "Data": "ü".encode(), "PartitionKey": "domovoi-tf"})
        for name in ("wines", "bar-dev-clicks")
    ]
