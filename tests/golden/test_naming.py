"""Every label of the rendered trees has the format snake_case of tflint's rule terraform_naming_convention.

https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/rules/terraform_naming_convention.go
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domovoi_tf.rendering.templates import RenderedFile

TESTS = Path(__file__).parents[1]
SNAKE_CASE = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
_BLOCK = re.compile(r'^(?:(?:resource|data) "[^"]+"|module|variable|output) "([^"]+)" \{', re.MULTILINE)
_LOCALS = re.compile(r"^locals \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(r"^  (\S+) +=", re.MULTILINE)
#: An app whose names Terraform, Python and AWS accept, and most of which are not in snake_case.
HOSTILE = """
from domovoi_tf import Domovoi, scoped, variable

app = Domovoi()
CREATED = ["s3:ObjectCreated:*"]
for name in ("Web-App", "webApp", "-", "9"):
    app.function(name)

@app.sns_topic_subscriber("Orders--West")
@app.sqs_queue_subscriber(scoped("Jobs.fifo", form="{stage}-{name}"), max_receive_count=2, function="Web-App")
@app.kinesis_stream_handler("-clicks.2_", create=True, function="webApp")
@app.cloudwatch_logs_sub_filter_handler("/aws/#Web", "", create=True, function="-")
@app.s3_event_handler("Lent.Photos", CREATED, manage_notification=False, function="9")
@app.s3_event_handler(variable("in_box"), CREATED, use_sns=False)
@app.alb_target("/~/4'1.b", host="*.bar.com")
def _HTTPServer__(event, context): ...

@app.sns_topic_subscriber("orders-west")
def zapfhähne(event, context): ...

@app.sns_topic_subscriber("orders-west", function="9")
def 飲む(event, context): ...

@app.dynamodb_stream_handler("Beers.2", name="state_machine-")
@app.scheduled_function("rate(1 day)", name="lambda")
@app.email_receipt_handler(["user+x@b.com"], rule_set_name="Mail", name="MailTo")
def tend(event, context): ...

definition = {"StartAt": "Tap", "States": {"Tap": {"Type": "Task", "End": True}}}
app.step_function_task("Tap", definition, state_machine_name="Brew--2", function="webApp")(tend)
"""


def list_labels(text: str) -> Iterator[str]:
    """Yields the labels of blocks and the names of local values in a Terraform file."""
    yield from _BLOCK.findall(text)
    for body in _LOCALS.findall(text):
        yield from _LOCAL.findall(body)


def find_other_labels(text: str) -> list[str]:
    return [label for label in list_labels(text) if not SNAKE_CASE.fullmatch(label)]


@pytest.mark.parametrize(
    "path",
    [
        path
        for pattern in ("golden/**/*.tf", "triggers/*/expected.tf")
        for path in sorted(TESTS.glob(pattern))
    ],
    ids=lambda path: str(path.relative_to(TESTS)),
)
def test_labels_of_golden_files_are_in_snake_case(path: Path) -> None:
    assert find_other_labels(path.read_text(encoding="utf-8")) == []


def test_labels_of_hostile_names_are_in_snake_case(
    tmp_path: Path, rendered: Callable[..., tuple[RenderedFile, ...]]
) -> None:
    project = tmp_path / "Bar_2"
    project.mkdir()
    (project / "app.py").write_text(HOSTILE, encoding="utf-8")
    files = [file for file in rendered(project, tmp_path / "out") if file.path.endswith(".tf")]
    labels = [label for file in files for label in list_labels(file.content.decode())]
    assert {"lambda_x", "lambda_9", "http_server_orders_west", "notification_lent_photos"} <= {*labels}
    assert [label for file in files for label in find_other_labels(file.content.decode())] == []
