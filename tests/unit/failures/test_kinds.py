"""Each kind of Terraform's failures is explained in our words: the table is `recorded.txt`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from documentation.pages import quote_block

from domovoi_tf import Domovoi
from domovoi_tf.errors import TerraformError
from domovoi_tf.failures import kinds, permissions
from domovoi_tf.failures.diagnostics import parse_failures
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets, suggestions, trace_log
from domovoi_tf.terraform.failed_run import raise_if_explained

SETTINGS = Settings(app_name="bar", stage="dev")

RECORDED = {
    title: (text.replace("<ESC>", "\x1b"), explanation)
    for title, text, explanation in re.findall(
        r"^== (.+?)\n(.*?)\n--\n(.*?)\n\n",
        Path(__file__).with_name("recorded.txt").read_text(),
        re.DOTALL | re.MULTILINE,
    )
}
UNKNOWN = "Error: Missing resource instance key\n\n  on extra.tf line 3:\n\nBecause it has count set."


@pytest.mark.parametrize("title", RECORDED)
def test_recorded_failure_is_explained(title: str) -> None:
    text, explanation = RECORDED[title]
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(f"{text}\n", "dev", 1)
    assert (f"Error: {caught.value}", caught.value.exit_code) == (explanation, 1)
    matches = [
        next(kind.name for kind in kinds.KINDS if re.search(kind.pattern, failure.sentence))
        for failure in parse_failures(text, "dev")
    ]
    assert set(matches) == {title.partition(":")[0]}


def test_each_kind_is_recorded() -> None:
    assert {kind.name for kind in kinds.KINDS} == {title.partition(":")[0] for title in RECORDED}


def test_unreleased_lock_of_opentofu_is_explained() -> None:
    recorded, explanation = RECORDED["lock not released"]
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(recorded.replace("Terraform", "OpenTofu") + "\n", "dev", 1)
    assert f"Error: {caught.value}" == explanation


def test_cause_of_several_errors_is_listed_once() -> None:
    denied, explanation = RECORDED["access denied: state"]
    quota, _ = RECORDED["quota: code"]
    with pytest.raises(TerraformError) as caught:
        raise_if_explained("\n".join([denied, quota, denied]), "dev", 1)
    first, second = explanation.removeprefix("Error: ").splitlines()
    assert str(caught.value) == (
        f"{first}\n    {second}\n"
        'A limit of AWS is exceeded (module.app.module.lambda.aws_lambda_function.this["this"]): '
        "Code storage limit exceeded.\n"
        "    Delete versions of functions and layers that are no longer needed, or request more of Lambda's "
        'quota "Function and layer storage": '
        "https://console.aws.amazon.com/servicequotas/home/services/lambda/quotas"
    )


def test_error_of_an_unknown_kind_is_shown_as_it_is() -> None:
    raise_if_explained(UNKNOWN, "dev", 1)
    raise_if_explained("", "dev", 1)
    text, explanation = RECORDED["profile"]
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(f"{text}\n\n{UNKNOWN}\n", "dev", 1)
    assert f"Error: {caught.value}" == f"{explanation}\nTerraform's own text:\n{UNKNOWN}"


def test_verbose_shows_all_of_terraforms_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_log, "is_enabled", lambda: True)
    text, explanation = RECORDED["no credentials: in a box"]
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(text, "dev", 1)
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert f"Error: {caught.value}" == f"{explanation}\nTerraform's own text:\n{plain}"


@pytest.mark.parametrize(
    ("name", "place", "is_offered"),
    [
        ("endpoint", "variables.tf", True),
        ("endpoint", "extra.tf", False),
        ("payment_key", "variables.tf", False),
        ("alb_listener_arn", "variables.tf", False),
        ("unknown", "variables.tf", False),
    ],
)
def test_variable_of_the_app_that_is_not_sensitive_may_have_a_default(
    name: str, place: str, is_offered: bool, tmp_path: Path
) -> None:
    app = Domovoi()
    app.variable("endpoint")
    app.variable("payment_key", sensitive=True)
    app.alb_target("/charge")(charge)
    files = render(synthesize(app.freeze(), SETTINGS), assets.find_templates(), assets.find_modules())
    (text,) = [each.content for each in files if each.path == "stages/dev/variables.tf"]
    (tmp_path / "variables.tf").write_bytes(text)
    recorded, _ = RECORDED["variable without value"]
    error = recorded.replace("payment_key", name).replace("variables.tf", place)
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(error, "dev", 1, tmp_path)
    file = "terraform/stages/dev/terraform.tfvars"
    ways = f"Set TF_VAR_{name}, or write `{name} = ...` to {file}."
    if is_offered:
        ways = (
            f"Set TF_VAR_{name}, write `{name} = ...` to {file}, or declare "
            f'app.variable("{name}", default="...") in the app.'
        )
    assert str(caught.value) == f"The variable {name} has no value ({place}:3).\n{ways}"
    if (name, place) == ("endpoint", "variables.tf"):
        quoted = quote_block("docs/guides/terraform.md", "Error: The variable endpoint")
        assert f"Error: {caught.value}".split() == quoted.split()


def charge(event: Any, context: Any) -> None: ...


def test_bucket_of_the_emulator_is_emptied_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    suggestions.remember(at_emulator=True)
    with pytest.raises(TerraformError) as caught:
        raise_if_explained(RECORDED["bucket not empty"][0], "dev", 1)
    assert caught.value.remedy == (
        "If nobody needs its objects, delete them, and run the command again: "
        "aws s3 rm s3://bk-dev-labels --recursive --endpoint-url http://127.0.0.1:4566 --region us-east-1 "
        "--no-sign-request"
    )


def test_variable_of_a_module_is_not_that_of_the_stage() -> None:
    text, _ = RECORDED["variable's value: condition"]
    [failure] = parse_failures(text.replace("on extra.tf", "on ../../app/sqs.tf"), "dev")
    assert kinds.explain_failure(failure) is None


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (
            "because no service control policy allows the sqs:CreateQueue action",
            "A service control policy of the AWS organization denies it, which no policy of the account can "
            "change. Ask the organization's administrators, or use another account or Region.",
        ),
        (
            "with an explicit deny in a resource control policy",
            "A resource control policy of the AWS organization denies it, which no policy of the account can "
            "change. Ask the organization's administrators.",
        ),
        (
            "with an explicit deny in a permissions boundary",
            "The permissions boundary of these credentials denies it explicitly. Ask the account's "
            "administrators to change the boundary.",
        ),
        (
            "because no session policy allows the sqs:CreateQueue action",
            "The session policy, with which the role was assumed, does not allow it. Assume the role without "
            'that policy, or add this statement to it: {"Effect": "Allow", "Action": "sqs:CreateQueue", '
            '"Resource": "arn:aws:sqs:eu-west-1:123456789012:jobs"}',
        ),
        (
            "because no VPC endpoint policy allows the sqs:CreateQueue action",
            "The policy of the VPC endpoint does not allow it. Add this statement to that policy: "
            '{"Effect": "Allow", "Action": "sqs:CreateQueue", '
            '"Resource": "arn:aws:sqs:eu-west-1:123456789012:jobs"}',
        ),
        (
            "with an explicit deny in a resource-based policy",
            "The policy of the resource itself, such as a bucket's or a key's, does not allow it. "
            "Change that policy, or use other credentials (AWS_PROFILE).",
        ),
    ],
)
def test_remedy_of_a_denial_depends_on_the_policy_that_denies(reason: str, remedy: str) -> None:
    text = (
        "Error: creating SQS Queue (jobs): operation error SQS: CreateQueue, https response error "
        "StatusCode: 403, RequestID: 5e1f, api error AccessDenied: User: "
        "arn:aws:iam::123456789012:user/ann is not "
        "authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:eu-west-1:123456789012:jobs "
    )
    [failure] = parse_failures(f"{text}{reason}", "dev")
    assert permissions.explain_denial(failure).remedy == remedy


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("S3: HeadBucket", "s3:ListBucket"),
        ("S3: PutBucketNotificationConfiguration", "s3:PutBucketNotification"),
        ("S3: PutObject", "s3:PutObject"),
        ("CloudWatch Logs: CreateLogGroup", "logs:CreateLogGroup"),
        ("SFN: CreateStateMachine", "states:CreateStateMachine"),
        ("EventBridge: PutRule", "events:PutRule"),
    ],
)
def test_action_is_derived_from_the_operation(operation: str, action: str) -> None:
    assert permissions.derive_action(f"x: operation error {operation}, https response error") == action


def test_denied_request_without_an_operation_has_no_statement() -> None:
    [failure] = parse_failures("Error: AccessDenied: Access Denied", "dev")
    assert permissions.explain_denial(failure) == (
        "AWS denies a request to these credentials.",
        "Check the policies of these credentials, or use other ones (AWS_PROFILE).",
    )
