"""The result of `domovoi-tf deploy` as text and for JSON."""

from __future__ import annotations

import pytest

from domovoi_tf.cli.deployment.deploy import Deployment, describe_deployment, format_deployment
from domovoi_tf.cli.progress import Steps
from domovoi_tf.operations.endpoints import Endpoint
from domovoi_tf.plans.changes import Change
from domovoi_tf.plans.resource_owners import Owner

from ..conftest import Fails

CHANGE = Change(Owner("handler", "tend"), "module.app.x", "aws_sns_topic", "create", "topic", (), "")
ENDPOINTS = (
    Endpoint("log group", "default", "/aws/lambda/bar-dev"),
    Endpoint("queue", "beers", "https://queue"),
)


@pytest.fixture
def deployment(capsys: pytest.CaptureFixture[str]) -> Deployment:
    steps = Steps()
    with steps.run("plan") as step:
        step.result = "1 to add"
    return Deployment("prod", (CHANGE,), True, ENDPOINTS, steps)


def test_json_option_needs_yes_or_dry_run(fails: Fails) -> None:
    error = fails("deploy", "--json", code=2).splitlines()[-1]
    assert error == "Error: --json cannot ask for confirmation. Add --yes or --dry-run."


def test_deployment_lists_new_handlers_and_endpoints(deployment: Deployment) -> None:
    *lines, timings = format_deployment(deployment)
    assert lines == ["New: tend", "  log group    /aws/lambda/bar-dev", "  queue beers  https://queue"]
    assert timings.startswith("Deployed prod in 0.0 s: plan 0.0")


def test_deployment_without_changes_says_so(deployment: Deployment) -> None:
    lines = format_deployment(deployment._replace(changes=(), applied=False))
    assert lines[-1].startswith("Nothing to change in prod in ")


def test_dry_run_names_the_command_that_applies_its_plan(deployment: Deployment) -> None:
    dry = deployment._replace(applied=False)
    assert format_deployment(dry) == ["Apply this plan with: domovoi-tf apply --stage prod"]
    assert format_deployment(dry._replace(stage="dev")) == ["Apply this plan with: domovoi-tf apply"]


def test_json_has_the_keys_that_programs_rely_on(deployment: Deployment) -> None:
    document = describe_deployment(deployment)
    assert document.pop("steps") == [{"name": "plan", "seconds": 0.0}]
    assert document == {
        "stage": "prod",
        "applied": True,
        "changes": [
            {
                "owner": {"kind": "handler", "name": "tend"},
                "address": "module.app.x",
                "type": "aws_sns_topic",
                "action": "create",
                "what": "topic",
            }
        ],
        "totals": {"add": 1, "change": 0, "destroy": 0},
        "places": [
            {"what": "log group", "name": "default", "where": "/aws/lambda/bar-dev"},
            {"what": "queue", "name": "beers", "where": "https://queue"},
        ],
    }
