"""Tests `plan`, `apply`, `deploy`, `drift` and `doctor` with one small app, whose state is in S3."""

from __future__ import annotations

import http.server
import json
import os
import pty
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from command_server import Completed

from domovoi_tf.local import emulator_environment

from .conftest import EXAMPLES, PROGRAM, CommandLine, write_project

pytestmark = pytest.mark.emulator

APP = """import domovoi_tf

app = domovoi_tf.Domovoi()


@app.scheduled_function("rate(1 day)")
def open_shop(event, context): ...


@app.sns_topic_subscriber("corner-shop-orders")
def order(event, context): ...
"""
BUCKET, KEY = "corner-shop-state", "corner-shop/dev/terraform.tfstate"
CONFIG = {
    "app_name": "corner-shop",
    "terraform": {"backend": {"s3": {"bucket": BUCKET, "region": "us-east-1"}}},
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, which is not deployed yet."""
    return write_project(tmp_path_factory.mktemp("running") / "shop", CONFIG, APP)


@pytest.fixture(scope="module")
def deployed(shop: Path, command_line: CommandLine) -> Completed:
    """The output of the first deployment."""
    early = command_line("doctor", "--json", cwd=shop)
    assert read_findings(early)["backend"] == (
        "wrong",
        f"the bucket {BUCKET} does not exist",
        "Run `domovoi-tf backend create`.",
    )
    assert command_line("backend", "create", cwd=shop).code == 0
    return command_line("deploy", "--yes", cwd=shop)


@pytest.fixture
def app_file(shop: Path, deployed: Completed, command_line: CommandLine) -> Iterator[Path]:
    """The app, which a test may change. The tree is rendered again afterwards."""
    yield shop / "app.py"
    (shop / "app.py").write_text(APP)
    assert command_line("render", cwd=shop).code == 0
    assert command_line("package", cwd=shop).code == 0


def read_findings(done: Completed) -> dict[str, tuple[str, str, str]]:
    """Returns the state, the text and the remedy of each finding of `doctor`."""
    return {
        each["name"]: (each["state"], each["says"], each["remedy"])
        for each in json.loads(done.out)["findings"]
    }


def read_summary(done: Completed) -> list[str]:
    """Returns the lines of a plan's summary, which stand between Terraform's progress and its plan."""
    return [line for line in split_plan(done)[0].splitlines() if line.startswith("  ")]


def split_plan(done: Completed) -> tuple[str, str]:
    """Returns a plan's summary, and the permissions and public resources that change."""
    before = done.out.partition("Terraform used the selected providers")[0]
    summary, _, access = before.partition("\nPermissions:\n")
    return summary, access


def test_deploy_reports_steps_changes_and_places(deployed: Completed) -> None:
    assert deployed.code == 0, deployed
    lines = [re.sub(r"\d+\.\d", "N", line) for line in deployed.out.splitlines()]
    assert [" ".join(line.split()[:2]) for line in lines[:5]] == [
        "✓ render",
        "✓ package",
        "✓ emulator",
        "✓ init",
        "✓ plan",
    ]
    assert lines[4].split(maxsplit=4)[4] == "11 to add, 0 to change, 0 to destroy"
    assert lines[5:] == [
        "",
        "  open_shop  + schedule, + target, + permission",
        "  order      + permission, + SNS subscription",
        "  function   + role, + policy logs, + log group, + function",
        "  sources    + SNS topic corner_shop_orders, + SNS topic policy corner_shop_orders",
        "11 to add, 0 to change, 0 to destroy.",
        "",
        re.sub(r"\d+\.\d", "N", next(line for line in lines if line.startswith("✓ apply"))),
        "New: open_shop, order",
        "  log group  /aws/lambda/corner-shop-dev",
        "Deployed dev in N s: render N, package N, emulator N, init N, plan N, apply N",
        "Next: domovoi-tf local send open_shop",
        "      domovoi-tf local logs -f",
    ]
    assert lines[12].endswith("11 of 11 done")


def test_doctor_reports_a_sound_project_and_the_holder_of_the_lock(
    shop: Path, deployed: Completed, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    # Terraform must install the provider itself, as `doctor` looks for its version.
    assert command_line("init", cwd=shop, PATH=os.environ["PATH"]).code == 0
    done = command_line("doctor", cwd=shop)
    assert done.code == 0, done
    assert [line[0] for line in done.out.splitlines()] == ["✓"] * 10
    assert f"✓ backend      s3://{BUCKET}/{KEY}\n" in done.out
    assert "✓ credentials  account 000000000000 as arn:aws:iam::000000000000:root\n" in done.out
    s3 = emulator_environment.create_client(emulator, "s3")
    lock = {
        "ID": "1-2",
        "Operation": "OperationTypeApply",
        "Who": "ann@bar",
        "Created": "2026-01-02T03:04:05Z",
    }
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=json.dumps(lock))
    try:
        locked = command_line("doctor", "--json", cwd=shop)
    finally:
        s3.delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")
    assert locked.code == 1
    state, says, remedy = read_findings(locked)["lock"]
    assert (state, remedy.partition(": ")[2]) == ("wrong", "domovoi-tf backend unlock")
    assert says.startswith("held by ann@bar for apply since 2026-01-02 03:04:05 UTC (")


def test_drift_reports_manual_changes_until_deploy_reverts_them(
    shop: Path, deployed: Completed, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    quiet = command_line("drift", cwd=shop)
    assert (quiet.code, quiet.out) == (0, "Nothing was changed outside of Terraform in dev.\n")
    change_manually(emulator)
    done = command_line("drift", cwd=shop)
    assert (done.code, done.out) == (
        2,
        "Changed outside of Terraform in dev:\n"
        "  open_shop  ~ schedule rate(1 day) → rate(9 days)\n"
        "  order      - SNS subscription was deleted\n"
        "  function   ~ role inline_policy, ~ function timeout 60 → 77\n"
        "To undo these changes, run `domovoi-tf deploy`. "
        "To keep them, add them to the app or its configuration.\n",
    )
    document = json.loads(command_line("drift", "--json", cwd=shop).out)
    assert [(each["owner"]["name"], each["action"]) for each in document["changes"]] == [
        ("open_shop", "update"),
        ("order", "delete"),
        ("", "update"),
        ("", "update"),
    ]
    emulator_environment.create_client(emulator, "iam").delete_role_policy(
        RoleName="corner-shop-dev", PolicyName="by-hand"
    )
    undone = command_line("deploy", "--yes", "--json", cwd=shop)
    assert undone.code == 0, undone
    report = json.loads(undone.out)
    assert (report["stage"], report["applied"], report["totals"]) == (
        "dev",
        True,
        {"add": 1, "change": 2, "destroy": 0},
    )
    steps = [step["name"] for step in report["steps"]]
    assert steps == ["render", "package", "emulator", "init", "plan", "apply"]
    assert report["places"] == [
        {"what": "log group", "name": "default", "where": "/aws/lambda/corner-shop-dev"}
    ]
    assert "✓ apply" in undone.err
    assert command_line("drift", cwd=shop).code == 0


def change_manually(emulator: emulator_environment.Emulator) -> None:
    """Changes, deletes and adds resources as somebody does in the console."""
    emulator_environment.create_client(emulator, "events").put_rule(
        Name="corner-shop-dev-open_shop", ScheduleExpression="rate(9 days)"
    )
    emulator_environment.create_client(emulator, "lambda").update_function_configuration(
        FunctionName="corner-shop-dev", Timeout=77
    )
    sns = emulator_environment.create_client(emulator, "sns")
    topic = "arn:aws:sns:us-east-1:000000000000:corner-shop-orders"
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}], "Version": "2012-10-17"}
    emulator_environment.create_client(emulator, "iam").put_role_policy(
        RoleName="corner-shop-dev", PolicyName="by-hand", PolicyDocument=json.dumps(policy)
    )


def test_plan_summarises_updates_removals_and_replacements(
    app_file: Path, shop: Path, command_line: CommandLine
) -> None:
    text = APP.replace("rate(1 day)", "rate(2 days)").replace("def order(", "def sell(")
    app_file.write_text(text.replace("corner-shop-orders", "corner-shop-sales"))
    stale = command_line("plan", cwd=shop)
    assert (stale.code, stale.out, stale.err) == (
        1,
        "",
        "Error: 2 problems\n"
        "terraform/ is out of date (app/outputs.tf, app/schedule.tf, app/sns.tf and 1 more).\n"
        "package.zip is out of date (app.py).\n"
        "Nothing was planned. Run `domovoi-tf render` and `domovoi-tf package`, or `domovoi-tf deploy`. To "
        "plan the files as they are, add --no-render-check.\n",
    )
    assert command_line("render", cwd=shop).code == 0
    done = command_line("plan", "--no-render-check", cwd=shop)
    assert (done.code, done.err) == (
        0,
        "Warning: the plan lacks changes of the app: package.zip is out of date (app.py).\n"
        "terraform init: the tree has new modules.\n",
    ), done
    assert (
        '\nIf sell is order with another name, keep its resources: add name="order" to its decorator.\n'
    ) in done.out
    gone = "the handler is no longer in the app"
    assert read_summary(done) == [
        "  open_shop  ~ schedule rate(1 day) → rate(2 days)",
        f"  order      - destroys permission, SNS subscription: {gone}; further messages do not reach the "
        "handler",
        "  sell       + permission, + SNS subscription",
        "  sources    + SNS topic corner_shop_sales, + SNS topic policy corner_shop_sales",
        "  sources    - destroys SNS topic corner_shop_orders, SNS topic policy corner_shop_orders: it is no "
        "longer in the configuration; other "
        "subscriptions to a destroyed topic are lost",
    ]
    topics = "arn:aws:sns:us-east-1:000000000000:corner-shop-"
    assert split_plan(done)[1].splitlines() == [
        f"  order    sns.amazonaws.com may no longer invoke corner-shop-dev from {topics}orders",
        "  sell     sns.amazonaws.com may now invoke corner-shop-dev from "
        "module.app.aws_sns_topic.corner_shop_sales",
        f"  sources  everyone is no longer denied sns:Publish on {topics}orders "
        "if aws:SecureTransport Bool false",
        "  sources  everyone may no longer sns:AddPermission, sns:DeleteTopic, sns:GetTopicAttributes, "
        "sns:ListSubscriptionsByTopic, sns:Publish, sns:RemovePermission, sns:SetTopicAttributes, "
        f"sns:Subscribe on {topics}orders for account 000000000000",
        "  sources  the resource policy is known after the apply: "
        "module.app.aws_sns_topic_policy.corner_shop_sales "
        "(refers to module.app.aws_sns_topic.corner_shop_sales)",
        "",
    ]
    app_file.write_text(APP.replace('"rate(1 day)"', '"rate(1 day)", rule_name="opening"'))
    assert command_line("render", cwd=shop).code == 0
    done = command_line("plan", "--no-render-check", cwd=shop)
    assert read_summary(done)[0].startswith(
        "  open_shop  ± replaces schedule: name corner-shop-dev-open_shop → opening cannot be changed"
    )


def test_apply_applies_the_plan_of_a_dry_run(app_file: Path, shop: Path, command_line: CommandLine) -> None:
    app_file.write_text(APP.replace("rate(1 day)", "rate(3 days)"))
    refused = command_line("deploy", cwd=shop)
    assert (refused.code, refused.err) == (
        1,
        "Error: Cannot ask for confirmation because standard input is not a terminal.\n"
        "Add --yes to apply the plan.\n",
    )
    # A plan that nobody approved is not stored.
    assert "Cannot ask for confirmation" in command_line("apply", cwd=shop).err
    dry = command_line("deploy", "--dry-run", cwd=shop)
    assert dry.code == 0, dry
    assert dry.out.splitlines()[-1] == "Apply this plan with: domovoi-tf apply"
    applied = command_line("apply", cwd=shop)
    assert applied.code == 0, applied
    assert "  open_shop  ~ schedule rate(1 day) → rate(3 days)\n" in applied.out


def test_deploy_on_a_terminal_shows_progress_and_asks(
    app_file: Path, shop: Path, shell_environment: dict[str, str]
) -> None:
    screen = run_on_terminal(shop, shell_environment, "y\n", "deploy")
    assert "Apply this plan? [y/N]: " in screen
    assert "\x1b[32m✓\x1b[0m apply" in screen
    assert re.search(r"apply  \d of 2  module\.app\.module\.", screen)
    assert "Deployed dev in" in screen


def run_on_terminal(project: Path, environment: dict[str, str], answer: str, *args: str) -> str:
    """Runs domovoi-tf on a terminal, answers its question, and returns its whole output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *args],
        cwd=project,
        env={**environment, "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        screen: Any = b""
        while chunk := read_terminal(ours):
            screen += chunk
            if b"[y/N]: " in screen and answer:
                os.write(ours, answer.encode())
                answer = ""
        assert process.wait() == 0, screen.decode()
    os.close(ours)
    return str(screen.decode())


def read_terminal(terminal: int) -> bytes:
    """Returns the next output; nothing if the other side is closed, which is an error on Linux."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


# The recipes of examples/ci


class Notes(http.server.BaseHTTPRequestHandler):
    """GitLab's API for the notes of a merge request."""

    received: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, urllib.parse.parse_qs(body.decode())["body"][0]))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def gitlab() -> Iterator[str]:
    """The address of GitLab's API."""
    Notes.received.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Notes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def read_recipe(name: str) -> list[str]:
    """Returns the commands of a recipe in their order: those of the plan, then those that apply it."""
    document = yaml.safe_load((EXAMPLES / "ci" / name).read_text())
    if "jobs" in document:
        steps = [step for job in ("plan", "apply") for step in document["jobs"][job]["steps"]]
        return [step["run"] for step in steps if "run" in step]
    if "workflows" in document:
        flow = document["workflows"]["domovoi-tf"]
        return [step["run"] for part in ("plan", "apply") for step in flow[part]["steps"]]
    return [
        command
        for job in ("plan", "apply")
        for command in (*document[document[job]["extends"]]["before_script"], *document[job]["script"])
    ]


@pytest.fixture
def recipe_environment(shell_environment: dict[str, str], tmp_path: Path, gitlab: str) -> dict[str, str]:
    """The variables of CI systems, and programs that write down how they are called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("pip", "gh"):
        (programs / name).write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/{name}\n')
        (programs / name).chmod(0o700)
    path = os.pathsep.join([str(programs), shell_environment["PATH"], str(Path(PROGRAM).parent)])
    return {
        **shell_environment,
        "PATH": path,
        "STAGE": "dev",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PULL_REQUEST": "7",
        "OIDC_TOKEN": "token",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "oidc"),
        "CI_API_V4_URL": gitlab,
        "CI_PROJECT_ID": "1",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": "secret",
        "PROJECT_NAME": "dev",
        "PLANFILE": str(tmp_path / "planfile"),
    }


@pytest.mark.parametrize(("name", "hours"), [("github.yml", 30), ("gitlab.yml", 31), ("atlantis.yaml", 32)])
def test_each_command_of_a_recipe_works(
    app_file: Path,
    shop: Path,
    command_line: CommandLine,
    recipe_environment: dict[str, str],
    tmp_path: Path,
    name: str,
    hours: int,
) -> None:
    app_file.write_text(APP.replace("rate(1 day)", f"rate({hours} hours)"))
    assert command_line("render", cwd=shop).code == 0
    folder = shop / "terraform" / "stages" / "dev" if name == "atlantis.yaml" else shop
    outputs = []
    for command in read_recipe(name):
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=folder,
            env=recipe_environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done)
        outputs.append(done.stdout)
    assert "Resources: 0 added, 2 changed, 0 destroyed." in outputs[-1]
    change = f"→ rate({hours} hours)"
    if name == "github.yml":
        assert (tmp_path / "gh").read_text() == (
            "pr comment 7 --edit-last --create-if-none --body-file plan.md\n"
        )
        assert change in (shop / "plan.md").read_text()
        assert change in (tmp_path / "summary.md").read_text()
        assert (tmp_path / "pip").read_text() == "install domovoi-tf -r requirements.txt\n" * 2
    if name == "gitlab.yml":
        [(path, body)] = Notes.received
        assert path == "/projects/1/merge_requests/7/notes"
        assert body.startswith("### Plan for dev: 0 to add, 2 to change, 0 to destroy\n")
        assert (tmp_path / "oidc").read_text() == "token"
        assert (tmp_path / "pip").read_text() == "install domovoi-tf[local] -r requirements.txt\n" * 2


def test_apply_applies_a_destroy_plan(shop: Path, deployed: Completed, command_line: CommandLine) -> None:
    shown = command_line("plan", "--", "-destroy", cwd=shop)
    assert read_summary(shown)[0].startswith("  open_shop  - destroys schedule, target, permission")
    done = command_line("apply", cwd=shop)
    assert done.code == 0, done
    assert "Resources: 0 added, 0 changed, 11 destroyed." in done.out
