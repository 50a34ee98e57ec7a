"""Tests the example of a Terraform repository that calls the app's module three times, in two Regions.

The app is upgraded from the last release, driven by events of the sources that the repository owns, renamed
and destroyed, while policies and the permissions boundary are enforced. The provider is not attached to
Terraform, since an attached one has one configuration, and the repository has two.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from polling import wait_until

from domovoi_tf.local.emulator_environment import KEY
from domovoi_tf.terraform.installation import Binary

from .conftest import EXAMPLES, HERE, PATIENCE, Account, OpenAccount

pytestmark = pytest.mark.emulator

EXAMPLE = EXAMPLES / "existing_repository"
#: The last release: how the repository called the module then, and the tree without the modules.
RELEASE = max(
    (path.parent for path in (HERE.parent / "upgrades").glob("*/existing_repository")),
    key=lambda path: [*map(int, path.name.split("."))],
)
VIRGINIA, FRANKFURT = "us-east-1", "eu-central-1"
#: The Region of each tenant, and the currency that its handlers know.
TENANTS = {"acme": (VIRGINIA, "USD"), "globex": (VIRGINIA, "CAD"), "initech": (FRANKFURT, "EUR")}
CALLS = [f"module.orders{key}" for key in ('["acme"]', '["globex"]', "_initech")]
ACCOUNT = "000000000000"
#: Resources of the repository of which the emulator forgets arguments, so that each plan sets them again.
FORGOTTEN = r"module\.\w+\.aws_vpc_endpoint\.states|module\.monitoring.*\.aws_cloudwatch_metric_alarm\.errors"
RENAMED = {
    "take_order": "accept_order",
    "pack": "pack_order",
    "book_payment": "record_payment",
    "file_invoice": "store_invoice",
    "welcome_customer": "greet_customer",
}


class Plan(NamedTuple):
    """A saved plan.

    Args:
        actions: the actions by address, apart from those on what the emulator forgets.
        moves: the new address of each resource that moves.
    """

    actions: dict[str, str]
    moves: dict[str, str]


class Repository(NamedTuple):
    """The repository, in a folder of its own, with its root module initialised.

    Args:
        folder: the folder with the app's project and the root module.
        account: the emulator.
        terraform: the Terraform program.
    """

    folder: Path
    account: Account
    terraform: Binary

    def client(self, service: str, region: str) -> Any:
        """Returns a boto3 client of the emulator."""
        create: Callable[..., Any] = boto3.Session(KEY, KEY, region_name=region).client
        return create(service, endpoint_url=self.account.emulator.endpoint)

    def run(self, *arguments: str) -> str:
        """Runs Terraform in the root module, and returns its output."""
        done = subprocess.run(
            [self.terraform.path, *arguments],
            cwd=self.folder / "infrastructure",
            env=self.account.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr
        return done.stdout

    def build(self) -> None:
        """Renders the app, and builds its package."""
        for command in ("render", "package"):
            done = self.account.command_line(command, cwd=self.folder / "orders")
            assert done.code == 0, done.err

    def plan(self) -> Plan:
        """Plans, and saves the plan."""
        lines = self.run("plan", "-input=false", "-json", "-out=plan.tfplan").splitlines()
        messages = [json.loads(line) for line in lines]
        changes = [each["change"] for each in messages if each["type"] == "planned_change"]
        return Plan(
            {
                each["resource"]["addr"]: each["action"]
                for each in changes
                if each["action"] != "move" and not re.fullmatch(FORGOTTEN, each["resource"]["addr"])
            },
            {
                each["previous_resource"]["addr"]: each["resource"]["addr"]
                for each in changes
                if "previous_resource" in each
            },
        )

    def apply(self) -> None:
        """Applies the saved plan."""
        self.run("apply", "-input=false", "-parallelism=30", "plan.tfplan")


@pytest.fixture(scope="module")
def account(open_account: OpenAccount) -> Iterator[Account]:
    """An emulator that enforces policies."""
    with open_account(iam=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def released(
    tmp_path_factory: pytest.TempPathFactory, account: Account, terraform_binary: Binary
) -> Repository:
    """The repository, deployed with the app as the last release rendered it."""
    folder = tmp_path_factory.mktemp("existing") / "repository"
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__", "*.zip")
    shutil.copytree(EXAMPLE, folder, ignore=ignored)
    tree = folder / "orders" / "terraform"
    shutil.rmtree(tree)
    shutil.copytree(RELEASE / "existing_repository", folder, dirs_exist_ok=True)
    for name in json.loads((tree / ".domovoi-tf.json").read_text())["rendered"]:
        if name.startswith("app/modules/"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(RELEASE / "terraform" / name, tree / name)
    repository = Repository(folder, account, terraform_binary)
    done = account.command_line("package", cwd=folder / "orders")
    assert done.code == 0, done.err
    repository.run("init", "-input=false")
    repository.run("apply", "-auto-approve", "-input=false", "-parallelism=30")
    return repository


@pytest.fixture(scope="module")
def upgrade(released: Repository) -> Plan:
    """The plan of the upgrade to today's tree, which is applied."""
    shutil.copy(EXAMPLE / "infrastructure" / "orders.tf", released.folder / "infrastructure" / "orders.tf")
    released.build()
    released.run("init", "-input=false")
    plan = released.plan()
    released.apply()
    return plan


@pytest.fixture(scope="module")
def upgraded(released: Repository, upgrade: Plan) -> Repository:
    """The repository with today's tree."""
    return released


@pytest.fixture(scope="module")
def rename(upgraded: Repository) -> Plan:
    """The plan after new names of all handlers, which is applied."""
    app = upgraded.folder / "orders" / "app.py"
    text = app.read_text()
    for old, new in RENAMED.items():
        text, count = re.subn(rf"^def {old}\(", f"def {new}(", text, flags=re.MULTILINE)
        assert count == 1
    app.write_text(text)
    upgraded.build()
    upgraded.run("init", "-input=false")
    plan = upgraded.plan()
    upgraded.apply()
    return plan


@pytest.fixture(scope="module")
def renamed(upgraded: Repository, rename: Plan) -> Repository:
    """The repository with other names of the handlers."""
    return upgraded


def find_bucket(repository: Repository, tenant: str) -> str:
    """Returns the name of a tenant's bucket."""
    buckets = repository.client("s3", TENANTS[tenant][0]).list_buckets()["Buckets"]
    (name,) = (each["Name"] for each in buckets if each["Name"].startswith(f"{tenant}-documents-"))
    return str(name)


def emit_events(repository: Repository, tenant: str, number: int) -> None:
    """Lets each source of a tenant emit an event: an order, a payment, documents and a customer."""
    region = TENANTS[tenant][0]
    label = f"{tenant}-{number}"
    repository.client("sns", region).publish(
        TopicArn=f"arn:aws:sns:{region}:{ACCOUNT}:{tenant}-orders",
        Message=json.dumps({"id": label, "total": number}),
    )
    sqs = repository.client("sqs", region)
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=f"{tenant}-payments.fifo")["QueueUrl"],
        MessageBody=json.dumps({"id": label, "amount": number}),
        MessageGroupId=tenant,
        MessageDeduplicationId=label,
    )
    s3, bucket = repository.client("s3", region), find_bucket(repository, tenant)
    for folder in ("letters", "invoices"):
        s3.put_object(Bucket=bucket, Key=f"{folder}/{label}", Body=b"x")
    table = f"{tenant}-customers"
    repository.client("dynamodb", region).put_item(TableName=table, Item={"id": {"S": label}})


def list_expected_lines(tenant: str, *numbers: int) -> list[str]:
    """Returns the lines that the handlers of a tenant log for its events, sorted."""
    currency = TENANTS[tenant][1]
    return sorted(
        line
        for number in numbers
        for line in (
            f"order {tenant}-{number}: {number} {currency}",
            f"packed {tenant}-{number}",
            f"payment {tenant}-{number}: {number} {currency}",
            f"invoice invoices/{tenant}-{number}",
            f"welcome {tenant}-{number}",
        )
    )


def list_lines(repository: Repository, tenant: str) -> list[str]:
    """Returns the lines that the handlers of a tenant have logged, sorted."""
    logs = repository.client("logs", TENANTS[tenant][0])
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/orders-{tenant}")
    messages = [event["message"].rstrip() for page in pages for event in page["events"]]
    return sorted(filter(re.compile("(order|packed|payment|invoice|welcome) ").match, messages))


def assert_events_arrive(repository: Repository, *numbers: int) -> None:
    """Emits events with the last number, and asserts that each tenant logs those of all numbers only."""
    for tenant in TENANTS:
        emit_events(repository, tenant, numbers[-1])
    expected = {tenant: list_expected_lines(tenant, *numbers) for tenant in TENANTS}

    def list_all() -> dict[str, list[str]]:
        return {tenant: list_lines(repository, tenant) for tenant in TENANTS}

    wait_until(lambda: list_all() == expected, PATIENCE)
    assert list_all() == expected


def subscribe_queue(repository: Repository, region: str, topic: str, queue: str) -> None:
    """Creates a queue that receives the messages of a topic."""
    arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{queue}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    repository.client("sqs", region).create_queue(QueueName=queue, Attributes={"Policy": policy})
    topic_arn = f"arn:aws:sns:{region}:{ACCOUNT}:{topic}"
    repository.client("sns", region).subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)


def receive_texts(repository: Repository, region: str, name: str) -> list[str]:
    """Receives messages of a topic from a queue, deletes them, and returns their texts."""
    sqs = repository.client("sqs", region)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [str(json.loads(message["Body"])["Message"]) for message in messages]


def test_upgrade_from_the_last_release_destroys_nothing(upgrade: Plan) -> None:
    lost = {address: action for address, action in upgrade.actions.items() if action != "update"}
    # The repository's own policy for the key, which source_kms_key_arns replaces.
    policies = {f'{call}.module.iam.aws_iam_role_policy.policies["payments-key"]' for call in CALLS}
    assert {address: action for address, action in lost.items() if address not in policies} == {}
    # Of the repository's own, only the notifications can change, if the app's entries get other IDs.
    pattern = re.compile(r"module\.orders.*|module\.notification.*\.aws_s3_bucket_notification\.this")
    assert [address for address in upgrade.actions if not pattern.fullmatch(address)] == []


def test_second_plan_is_empty(upgraded: Repository) -> None:
    assert upgraded.plan() == Plan({}, {})


def test_events_reach_the_handlers_of_their_tenant_only(upgraded: Repository) -> None:
    assert_events_arrive(upgraded, 1)


@pytest.mark.parametrize("tenant", TENANTS)
def test_bucket_still_notifies_its_owner(tenant: str, upgraded: Repository) -> None:
    region = TENANTS[tenant][0]
    s3, bucket = upgraded.client("s3", region), find_bucket(upgraded, tenant)
    notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    entries = {
        entry["Id"]: entry["Events"]
        for key in ("QueueConfigurations", "LambdaFunctionConfigurations", "TopicConfigurations")
        for entry in notification.get(key, [])
    }
    assert entries == {
        "removals": ["s3:ObjectRemoved:*"],
        f"orders-{tenant}-s3_documents_bucket_direct": ["s3:ObjectCreated:*"],
    }
    subscribe_queue(upgraded, region, f"{tenant}-removed-documents", f"auditor-{tenant}")
    s3.put_object(Bucket=bucket, Key="letters/old", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="letters/old")
    texts: list[str] = []

    def is_told() -> bool:
        texts.extend(receive_texts(upgraded, region, f"auditor-{tenant}"))
        return any('"letters/old"' in text for text in texts)

    assert wait_until(is_told, PATIENCE), texts


@pytest.mark.parametrize("tenant", TENANTS)
def test_outputs_connect_alerts_and_log_archive(tenant: str, upgraded: Repository) -> None:
    region = TENANTS[tenant][0]
    client = partial(upgraded.client, region=region)
    subscribe_queue(upgraded, region, "alerts", f"engineer-{tenant}")
    name = f"orders-{tenant}"
    machine = f"arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}"
    # Without an order, the handler fails.
    execution = client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    client("cloudwatch").set_alarm_state(AlarmName=f"{name}-errors", StateValue="ALARM", StateReason="Tried.")
    texts: list[str] = []

    def are_told() -> bool:
        texts.extend(receive_texts(upgraded, region, f"engineer-{tenant}"))
        return all(any(part in text for text in texts) for part in (execution, f"{name}-errors"))

    assert wait_until(are_told, PATIENCE), texts
    (alarm,) = client("cloudwatch").describe_alarms(AlarmNames=[f"{name}-errors"])["MetricAlarms"]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": name}]
    # The destination is in an account that the emulator does not have.
    (each,) = client("logs").describe_subscription_filters(logGroupName=f"/aws/lambda/{name}")[
        "subscriptionFilters"
    ]
    assert each["destinationArn"] == f"arn:aws:logs:{region}:123456789012:destination:archive"


def test_roles_have_the_boundary_and_functions_the_network(upgraded: Repository) -> None:
    iam = upgraded.client("iam", VIRGINIA)
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("orders-")]
    assert len(roles) == 2 * len(TENANTS)
    boundaries = {name: iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"] for name in roles}
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/apps-boundary"
    assert {each["PermissionsBoundaryArn"] for each in boundaries.values()} == {boundary}
    for tenant, (region, _) in TENANTS.items():
        functions = upgraded.client("lambda", region)
        function = functions.get_function(FunctionName=f"orders-{tenant}")
        assert len(function["Configuration"]["VpcConfig"]["SubnetIds"]) == 2
        assert function["Tags"] == {"owner": "platform", "repository": "infrastructure", "tenant": tenant}


def test_rename_moves_everything_and_keeps_events(rename: Plan, renamed: Repository) -> None:
    assert rename.actions == {f"{call}.module.lambda.aws_lambda_function.this": "update" for call in CALLS}
    old, new = "take_order", RENAMED["take_order"]
    for call in CALLS:
        subscription = f"{call}.module.{old}.aws_sns_topic_subscription.this"
        assert rename.moves[subscription] == subscription.replace(old, new)
    assert_events_arrive(renamed, 1, 2)


def list_names(repository: Repository, region: str) -> list[str]:
    """Returns the names of the app's resources and of the repository's in a Region."""
    client = partial(repository.client, region=region)
    names = [
        *(each["FunctionName"] for each in client("lambda").list_functions()["Functions"]),
        *(each["UUID"] for each in client("lambda").list_event_source_mappings()["EventSourceMappings"]),
        *(each["RoleName"] for each in client("iam").list_roles()["Roles"]),
        *(each["PolicyName"] for each in client("iam").list_policies(Scope="Local")["Policies"]),
        *(each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]),
        *(each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]),
        *(each["Name"] for each in client("events").list_rules()["Rules"]),
        *(each["AlarmName"] for each in client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(each["TopicArn"] for each in client("sns").list_topics()["Topics"]),
        *client("sqs").list_queues().get("QueueUrls", []),
        *client("dynamodb").list_tables()["TableNames"],
        *(each["Name"] for each in client("s3").list_buckets()["Buckets"]),
    ]
    return [name for name in names if not re.search("/(auditor|engineer)-", name)]


def test_destroy_leaves_nothing(renamed: Repository) -> None:
    for tenant, (region, _) in TENANTS.items():
        s3, bucket = renamed.client("s3", region), find_bucket(renamed, tenant)
        for each in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            s3.delete_object(Bucket=bucket, Key=each["Key"])
    assert list_names(renamed, FRANKFURT)
    renamed.run("destroy", "-auto-approve", "-input=false", "-parallelism=30", "-refresh=false")
    assert renamed.run("state", "list") == ""
    assert {region: list_names(renamed, region) for region in (VIRGINIA, FRANKFURT)} == {
        VIRGINIA: [],
        FRANKFURT: [],
    }
