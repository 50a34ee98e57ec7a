"""Tests HTTP requests through load balancers: the stage's own one, and a shared one.

The AWS provider waits a minute for a load balancer and half a minute for its DNS record, so only one of the
two apps has its own. The tests of the other one run while it waits.
"""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from domovoi_tf.local import emulator_environment
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.triggers.alb import alb_target

from .conftest import PROGRAM, CommandLine, build_shell_environment, write_project

pytestmark = pytest.mark.emulator

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
MAIN, REPORTS = "taproom-dev", "taproom-dev-reports"
CERTIFICATE = {"alb_acm_cert_dns_name": "taproom.example.com"}
APP = """\
import json
import domovoi_tf
app = domovoi_tf.Domovoi()
app.function("reports")

def answer(handler, event, context):
    body = {"handler": handler, "function": context.function_name, "path": event["path"]}
    return {"statusCode": 201, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}

@app.alb_target()
def anything(event, context):
    return answer("anything", event, context)

@app.alb_target("/taps")
def taps(event, context):
    return answer("taps", event, context)

@app.alb_target("/taps/reports", function="reports")
def report(event, context):
    return answer("report", event, context)

@app.alb_target("/taps", host="*.taproom.example.com", multi_value_headers=True)
def guest_taps(event, context):
    return answer("guest_taps", event, context)
"""


@pytest.fixture(scope="module")
def deploying(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: emulator_environment.Emulator,
    terraform_binary: Binary,
) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """The project of an app with its own load balancer, and the process that deploys it.

    The process has a provider of its own: an attached one has one configuration at a time.
    """
    config = {"app_name": "taproom", **CERTIFICATE}
    folder = write_project(tmp_path_factory.mktemp("alb") / "taproom", config, APP)
    with subprocess.Popen(
        [PROGRAM, "local", "deploy"],
        cwd=folder,
        env=build_shell_environment(emulator, terraform_binary),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield folder, process
        process.terminate()


@pytest.fixture(scope="module")
def taproom(deploying: tuple[Path, subprocess.Popen[str]], command_line: CommandLine) -> Path:
    """The project of an app with its own load balancer, deployed."""
    folder, process = deploying
    output, _ = process.communicate()
    assert process.returncode == 0, output
    printed = command_line("local", "output", "--json", cwd=folder)
    assert "https://taproom.example.com" in json.dumps(json.loads(printed.out)), printed
    return folder


@pytest.fixture
def elb(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "elbv2")


def request(
    emulator: emulator_environment.Emulator, balancer: str, path: str, host: str = ""
) -> tuple[int, Any]:
    """Sends a request and returns the status and the body, parsed if it is JSON."""
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint).netloc)
    try:
        connection.request("GET", f"/_alb/{balancer}{path}", headers={"Host": host} if host else {})
        response = connection.getresponse()
        body = response.read().decode()
        is_json = response.getheader("content-type") != "text/plain"
        return response.status, json.loads(body) if is_json else body
    finally:
        connection.close()


@pytest.fixture(scope="module")
def shared(emulator: emulator_environment.Emulator) -> str:
    """The ARN of a listener of a load balancer that does not belong to the app."""
    elb = emulator_environment.create_client(emulator, "elbv2")
    (balancer,) = elb.create_load_balancer(Name="shared-by-all")["LoadBalancers"]
    not_found = {
        "Type": "fixed-response",
        "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "Nobody"},
    }
    (listener,) = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[not_found]
    )["Listeners"]
    arn: str = listener["ListenerArn"]
    return arn


@pytest.fixture(scope="module")
def lodger(
    tmp_path_factory: pytest.TempPathFactory,
    command_line: CommandLine,
    deploying: tuple[Path, subprocess.Popen[str]],
) -> Path:
    """The project of an app that uses a listener from its configuration, deployed while the other one is."""
    config = {"app_name": "lodger", "alb_listener_arn": LISTENER}
    folder = write_project(tmp_path_factory.mktemp("lodger") / "lodger", config, APP)
    done = command_line("local", "deploy", cwd=folder)
    assert (done.code, done.err) == (0, ""), done
    return folder


def test_local_deploy_creates_the_listener_of_the_configuration(
    lodger: Path, command_line: CommandLine, emulator: emulator_environment.Emulator
) -> None:
    assert request(emulator, "local-lodger-dev", "/taps")[1]["handler"] == "taps"
    root = (lodger / "terraform/stages/dev/variables.tf").read_text()
    assert f'default     = "{LISTENER}"' in root
    again = command_line("local", "deploy", cwd=lodger)
    assert "nothing to change" in again.out, again


def test_rules_move_to_the_listener_of_the_variable(
    lodger: Path, command_line: CommandLine, shared: str, emulator: emulator_environment.Emulator
) -> None:
    for result in ("4 to add, 0 to change, 4 to destroy.", "nothing to change"):
        done = command_line("local", "deploy", cwd=lodger, TF_VAR_alb_listener_arn=shared)
        assert done.code == 0, done
        assert result in done.out
    assert request(emulator, "shared-by-all", "/taps/reports")[1]["function"] == "lodger-dev-reports"
    assert request(emulator, "shared-by-all", "/any")[1]["handler"] == "anything"
    assert request(emulator, "local-lodger-dev", "/any")[0] == 404


def test_send_to_a_rule_that_is_not_deployed_is_an_error(lodger: Path, command_line: CommandLine) -> None:
    app = lodger / "app.py"
    try:
        app.write_text(APP.replace("/taps/reports", "/casks"))
        sent = command_line("local", "send", "report", cwd=lodger)
    finally:
        app.write_text(APP)
    assert (sent.code, sent.out) == (1, "")
    assert sent.err == (
        "Error: No load balancer in the emulator has a rule with priority "
        f"{alb_target('/casks').compute_priority()}.\n"
        "Deploy the stage to the emulator again.\n"
    )


@pytest.mark.parametrize(
    ("path", "host", "handler", "function"),
    [
        ("/", "", "anything", MAIN),
        ("/tapsters", "", "anything", MAIN),
        ("/taps", "", "taps", MAIN),
        ("/taps/", "taproom.example.com", "taps", MAIN),
        ("/taps/reportsx", "", "taps", MAIN),
        ("/taps/reports", "", "report", REPORTS),
        ("/taps/reports/7", "lodger.taproom.example.com", "report", REPORTS),
        ("/taps/7", "lodger.taproom.example.com:443", "guest_taps", MAIN),
        ("/tap", "lodger.taproom.example.com", "anything", MAIN),
    ],
)
def test_request_reaches_the_handler_of_the_longest_prefix(
    path: str, host: str, handler: str, function: str, taproom: Path, emulator: emulator_environment.Emulator
) -> None:
    expected = {"handler": handler, "function": function, "path": path}
    assert request(emulator, MAIN, path, host) == (201, expected)


@pytest.mark.parametrize(
    ("handler", "where"),
    [
        ("anything", "taproom-dev/"),
        ("report", "taproom-dev/taps/reports"),
        ("guest_taps", "x.taproom.example.com/taps"),
    ],
)
def test_send_posts_to_the_load_balancer(
    handler: str, where: str, taproom: Path, command_line: CommandLine
) -> None:
    sent = command_line("local", "send", handler, '{"beer": "🍺"}', cwd=taproom)
    assert sent == (0, f"posted to {where}, which responded with status 201\n", "")


def test_load_balancer_has_the_declared_settings(
    taproom: Path, elb: Any, emulator: emulator_environment.Emulator
) -> None:
    (balancer,) = elb.describe_load_balancers(Names=[MAIN])["LoadBalancers"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert (balancer["Type"], balancer["Scheme"], len(balancer["AvailabilityZones"]) >= 2) == (
        "application",
        "internet-facing",
        True,
    )
    assert (listener["Protocol"], listener["Port"], listener["SslPolicy"]) == (
        "HTTPS",
        443,
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
    )
    assert [action["Type"] for action in listener["DefaultActions"]] == ["fixed-response"]
    (group,) = emulator_environment.create_client(emulator, "ec2").describe_security_groups(
        GroupIds=balancer["SecurityGroups"]
    )["SecurityGroups"]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissions"]] == [(443, 443)]


def test_permissions_are_for_the_target_groups_and_nothing_else(
    taproom: Path, emulator: emulator_environment.Emulator
) -> None:
    """Each function's resource-based policy has a statement for each of its target groups, and no other.

    If a connection to AWS breaks, a target group can get two: the provider generates the statement ID once
    per creation, repeats the request with the same ID, retries the conflict for five minutes, and fails; the
    next apply creates the permission with another ID. `domovoi_tf.local.emulator_process` prevents this here.
    """
    functions = emulator_environment.create_client(emulator, "lambda")
    permissions = sorted(
        (name, s["Principal"]["Service"], s["Condition"]["ArnLike"]["AWS:SourceArn"].split("/")[1])
        for name in (MAIN, REPORTS)
        for s in json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    )
    groups = {
        (MAIN, "taproom-dev-anything"),
        (MAIN, "taproom-dev-guest-taps-aca078"),
        (MAIN, "taproom-dev-taps"),
        (REPORTS, "taproom-dev-report"),
    }
    assert permissions == sorted(
        (name, "elasticloadbalancing.amazonaws.com", group) for name, group in groups
    )


def test_second_deployment_changes_nothing(taproom: Path, command_line: CommandLine) -> None:
    done = command_line("local", "deploy", cwd=taproom)
    assert done.code == 0, done
    assert "nothing to change" in done.out


def test_destroy_removes_all_but_the_shared_load_balancer(
    taproom: Path,
    lodger: Path,
    shared: str,
    command_line: CommandLine,
    elb: Any,
    emulator: emulator_environment.Emulator,
) -> None:
    for folder, stage in ((lodger, "lodger-dev"), (taproom, "taproom-dev")):
        data = str(emulator.log.parent / f"{stage}.terraform")
        variables = {"TF_DATA_DIR": data, "TF_VAR_alb_listener_arn": shared}
        done = command_line("destroy", str(folder), "--", "-auto-approve", cwd=folder, **variables)
        assert done.code == 0, done
    names = [balancer["LoadBalancerName"] for balancer in elb.describe_load_balancers()["LoadBalancers"]]
    assert "taproom-dev" not in names
    assert "shared-by-all" in names
    groups = [group["TargetGroupName"] for group in elb.describe_target_groups()["TargetGroups"]]
    assert [group for group in groups if group.startswith(("taproom-dev", "lodger-dev"))] == []
    assert [rule["IsDefault"] for rule in elb.describe_rules(ListenerArn=shared)["Rules"]] == [True]
