"""`open` prints links to the deployed resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fake_aws import FakeAws

from domovoi_tf.cli.operations.open import open_console

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("orders")
def tend(event, context): ...
"""


@pytest.fixture(autouse=True)
def deployed_function(project: Path, aws: FakeAws) -> None:
    def get_configuration(FunctionName: str) -> Any:
        return {"FunctionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:{FunctionName}"}

    aws.on("lambda", "GetFunctionConfiguration", get_configuration)


def test_links_are_a_table_or_json() -> None:
    document = json.loads(CliRunner().invoke(open_console, ["--json"]).stdout)
    assert [(each["what"], each["name"]) for each in document] == [
        ("function", "bar-dev"),
        ("logs", "/aws/lambda/bar-dev"),
        ("topic", "orders"),
    ]
    lines = CliRunner().invoke(open_console, []).stdout.splitlines()
    assert [line.split() for line in lines] == [
        [each["what"], each["name"], each["url"]] for each in document
    ]
