"""Upgrades the deployed app of each earlier release: today's tree destroys and replaces nothing of it.

The exceptions are in ``EXCEPTIONS``, and in the changelog with what to do. The order of a removal is tested
too: Terraform's graph has it only for what is deployed.

``tests/upgrades/README.md`` describes the trees of the releases. The emulator accepts all that their app
declares; there are no FIFO topics, since SNS delivers those to queues only and ``render`` rejects them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pytest
import tftest
from polling import wait_until
from wiring import NOTIFICATION, RECEIVERS, Graph, list_orders, read_calls

from domovoi_tf.plans.shared_objects import find_shared_objects

from .conftest import HERE, Account, apply, read_lines, repeat

pytestmark = pytest.mark.emulator

#: What an upgrade replaces: a pattern for the addresses in the tree of each release.
EXCEPTIONS = {
    # The topics and queues between buckets and functions have other names, which others refer to.
    "0.1.0": r"aws_(sns_topic|sqs_queue)\.\w+-s3"
    r"|module\.s3_to_sns_\w+\.aws_sns_topic_policy\.this"
    r"|module\.(s3|sns)_to_sqs_\w+\.aws_(sqs_queue_policy|sns_topic_subscription)\.this"
    r"|module\.(frame|mount|label|borrow_s3_2)\.aws_sns_topic_subscription\.this"
    r"|module\.(forget|hang|borrow|share|inherit_s3)\.aws_lambda_event_source_mapping\.this"
    # The IDs of their statements were random.
    r"|module\.\w+\.aws_lambda_permission\.this",
}
#: The handlers whose topic, or topic and queue, an upgrade from 0.1.0 replaces, by the folder in the bucket.
LISTENERS = {"topic": "frame", "both": "hang"}
RELEASES = sorted(path.parent for path in (HERE.parent / "upgrades").glob("*/account.json"))


def create_resources(account: Account, description: dict[str, Any]) -> dict[str, str]:
    """Creates the resources that the app refers to and does not own.

    Returns Terraform's environment variables with the values of the app's input variables.
    """
    variables = dict(description["variables"])
    for call in description["calls"]:
        answer = getattr(account.client(call["service"]), call["call"])(**call["arguments"])
        for name, path in call.get("variables", {}).items():
            variables[name] = reduce(lambda value, key: value[key], path, answer)
    return {f"TF_VAR_{name}": value for name, value in variables.items()}


def run(account: Account, command: str, project: Path) -> None:
    """Runs a command of domovoi-tf in the project, as a user does."""
    done = account.command_line(command, cwd=project)
    assert done.code == 0, done.err


def renders_same_tree(account: Account, release: Path, folder: Path) -> bool:
    """Returns whether today's domovoi-tf would change nothing in the tree of a release."""
    tree = folder / "tree"
    shutil.copytree(release / "terraform", tree)
    done = account.command_line("render", "--check", "--out", str(tree), cwd=folder / "heirloom")
    assert done.code in (0, 1)
    return bool(done.code == 0)


def log_keys(app: Path) -> None:
    """Lets the handlers of objects below ``topic/`` and ``both/`` log the keys."""
    text = app.read_text()
    for name in LISTENERS.values():
        line = f"def {name}(event, context): ..."
        assert text.count(line) == 1
        body = f'print(json.dumps({{"handler": "{name}", "keys": [*map(get_key, event["Records"])]}}))'
        text = text.replace(line, f"def {name}(event, context): {body}")
    app.write_text(
        f"{text}\n\ndef get_key(record):\n    return record['s3']['object']['key']\n\n\nimport json\n"
    )


def name_readers(app: Path) -> None:
    """Names the function whose handler reads the sensitive variable, as the changelog asks for."""
    text, old = app.read_text(), 'app.variable("payment_key", sensitive=True)'
    assert text.count(old) == 1
    app.write_text(text.replace(old, f'{old[:-1]}, functions=["archive"])'))


def reserve_concurrency(account: Account, number: int) -> None:
    """Reserves a concurrency for each function, which is 5 in the configuration of the stage.

    Five functions that start on a busy machine are too few for the objects. What SNS sends to a throttled
    function is lost on the emulator, and a queue delivers it again later than the test waits.
    """
    functions = account.client("lambda")
    for function in functions.list_functions()["Functions"]:
        functions.put_function_concurrency(
            FunctionName=function["FunctionName"], ReservedConcurrentExecutions=number
        )


def put_objects(account: Account, number: int) -> None:
    """Puts an object for each of the two handlers."""
    for folder in LISTENERS:
        account.client("s3").put_object(Bucket="heirloom-photos", Key=f"{folder}/{number}.jpg", Body=b"x")


def find_unhandled(account: Account) -> set[str]:
    """Returns the keys of the objects that no handler has logged."""
    pages = account.client("s3").get_paginator("list_objects_v2").paginate(Bucket="heirloom-photos")
    keys = {each["Key"] for page in pages for each in page.get("Contents", ())}
    lines = read_lines(account.emulator, "/aws/lambda/heirloom-dev")
    return keys - {key for line in lines for key in line["keys"]}


def list_resources(runner: tftest.TerraformTest) -> list[str]:
    """Returns the addresses of the deployed resources, without data sources."""
    addresses = runner.execute_command("state", "list").out.splitlines()
    return [address for address in addresses if not re.search(r"(^|\.)data\.", address)]


def list_policies(account: Account) -> set[tuple[str, str]]:
    """Returns the inline policies of roles: the names of role and policy."""
    iam = account.client("iam")
    roles = [
        role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]
    ]
    return {(role, name) for role in roles for name in iam.list_role_policies(RoleName=role)["PolicyNames"]}


def find_losses(deployed: Sequence[str], plan: Any) -> dict[str, str]:
    """Returns the deployed resources that a plan does not keep, each with what happens to it and why."""
    changes = {
        change.get("previous_address", change["address"]): change for change in plan["resource_changes"]
    }
    losses = {}
    for address in deployed:
        change = changes.get(address, {}).get("change", {"actions": ["unknown to the plan"]})
        if change["actions"] not in (["no-op"], ["update"]):
            arguments = [".".join(map(str, path)) for path in change.get("replace_paths", [])]
            reason = f" because of {', '.join(arguments)}" if arguments else ""
            losses[address] = f"{' and '.join(change['actions'])}{reason}"
    return losses


def find_early_removals(graph: Graph, text: str) -> list[str]:
    """Returns what goes before a bucket's notification no longer needs it.

    Args:
        graph: the operations of the plan.
        text: the content of the new ``s3.tf``.
    """
    early = []
    for label, calls in read_calls(text).items():
        for call in calls:
            part = re.escape(call)
            removals = graph.list_nodes(rf".*\.(\w+\.{part}|module\.{part}\..*) \(destroy deposed \w+\)")
            early += [
                f"{removal} before {label}"
                for removal in removals
                if not any(f".{NOTIFICATION}.{label}" in each for each in graph.find_prerequisites(removal))
            ]
    return early


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_upgrade_from_release_destroys_nothing(release: Path, tmp_path: Path, account: Account) -> None:
    project = tmp_path / "heirloom"
    shutil.copytree(release / "project", project)
    shutil.copytree(release / "terraform", project / "terraform")
    if renders_same_tree(account, release, tmp_path):
        return  # nothing to apply
    variables = create_resources(account, json.loads((release / "account.json").read_text()))
    root = str(project / "terraform" / "stages" / "dev")
    environment = {**account.environment, **variables}
    runner = tftest.TerraformTest(root, binary=str(account.terraform.path), env=environment)

    log_keys(project / "app.py")
    name_readers(project / "app.py")
    run(account, "package", project)
    runner.setup(cleanup_on_exit=False)
    apply(runner)
    deployed, policies = list_resources(runner), list_policies(account)
    assert policies

    run(account, "render", project)
    run(account, "package", project)
    runner.setup(cleanup_on_exit=False)
    plan = tmp_path / "plan"
    runner.execute_command("plan", "-input=false", f"-out={plan}")
    planned = json.loads(runner.execute_command("show", "-json", str(plan)).out)
    assert find_shared_objects(planned["resource_changes"]) == []
    losses = find_losses(deployed, planned)
    assert deployed
    exceptions = re.compile(rf"module\.app\.({EXCEPTIONS.get(release.name, '')})")
    unexpected = {
        address: loss
        for address, loss in losses.items()
        if not (
            exceptions.fullmatch(address)
            and re.match(r"(create and delete|delete and create) because of", loss)
        )
    }
    assert not unexpected, "the upgrade destroys or replaces:\n" + "\n".join(
        f"{address}: {loss}" for address, loss in unexpected.items()
    )
    graph = Graph(runner.execute_command("graph", f"-plan={plan}").out)
    replaced_first = [address for address, loss in losses.items() if loss.startswith("create and delete")]
    assert len(graph.list_nodes(r".* \(destroy deposed \w+\)")) == len(replaced_first)
    s3 = project / "terraform" / "app" / "s3.tf"
    assert find_early_removals(graph, s3.read_text()) == []

    reserve_concurrency(account, 100)
    with repeat(partial(put_objects, account)):
        runner.execute_command("apply", "-input=false", "-parallelism=20", str(plan))
    assert wait_until(lambda: not find_unhandled(account), 30), find_unhandled(account)
    reserve_concurrency(account, 5)
    assert policies - list_policies(account) == set()
    again = runner.plan(output=True)["resource_changes"]
    changes = {each["address"]: each["change"] for each in again if each["mode"] == "managed"}
    updates = {
        f"{address}.{name}"
        for address, each in changes.items()
        for name, value in each["after"].items()
        if each["before"][name] != value
    }
    # The emulator forgets tumbling windows.
    assert updates == {
        "module.app.module.count.aws_lambda_event_source_mapping.this.tumbling_window_in_seconds"
    }

    # The state is that of the plan before.
    runner.execute_command("plan", "-destroy", "-refresh=false", "-input=false", f"-out={plan}")
    graph = Graph(runner.execute_command("graph", f"-plan={plan}").out)
    orders = list(list_orders(list_resources(runner), read_calls(s3.read_text())))
    assert {*RECEIVERS, NOTIFICATION} == {sender.split(".")[-2] for sender, _ in orders}
    assert [
        (sender, receiver)
        for sender, receiver in orders
        if f"{sender} (destroy)" not in graph.find_prerequisites(f"{receiver} (destroy)")
    ] == []
