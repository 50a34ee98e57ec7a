"""Tests the estimated size of a role's inline policies against those that Terraform writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tftest
from paper_states import pretend_apply

from domovoi_tf import Domovoi, scoped
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.validation.application import find_warnings

pytestmark = pytest.mark.terraform

PLACE = "us-gov-west-1:123456789012"
KEY = f"arn:aws-us-gov:kms:{PLACE}:key/11111111-1111-1111-1111-111111111111"
#: Makes the policies so large that a warning states their size.
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "a" * 5000}]})
SETTINGS = Settings(
    app_name="bar",
    stage="dev",
    xray=True,
    subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    security_group_ids=("sg-0123456789abcdef0",),
    kms_key_arn=KEY,
    source_kms_key_arns=(KEY,),
    destination_kms_key_arns=(KEY, KEY.replace("us-gov-west-1", "us-gov-east-1")),
    dead_letter_queue_target_arn=f"arn:aws-us-gov:sqs:{PLACE}:spilt",
    on_failure="arn:aws-us-gov:s3:::spilt",
    on_success=f"arn:aws-us-gov:lambda:{PLACE}:function:wipe",
    policy=POLICY,
)
#: Replaces the ARNs that paper states invent, and the names of the usual Region and partition.
REPLACED = {
    "arn:aws:": "arn:aws-us-gov:",
    "us-east-1": "us-gov-west-1",
    "module-app-aws_sqs_queue-": "bar-dev-",
    "module-app-aws_kinesis_stream-": "",
    "module-app-module-lambda-aws_cloudwatch_log_group-this": "/aws/lambda/bar-dev",
}
MACHINE = {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}


def handle(event: object, context: object) -> None: ...


def build_app() -> Domovoi:
    """Returns an app whose role has statements of all forms."""
    app = Domovoi()
    for name, key in (("work", KEY), ("mine", "alias/mine"), ("other", "alias/other"), ("plain", None)):
        attributes = {"KmsMasterKeyId": key} if key else {}
        app.sqs_queue_subscriber(scoped(name), queue_attributes=attributes, name=name)(handle)
    app.kinesis_stream_handler("clicks", create=True, name="click")(handle)
    app.register_state_machine(MACHINE)
    return app


def test_estimated_size_of_inline_policies(
    tmp_path: Path, attached_terraform: Binary, aws_environment: dict[str, str]
) -> None:
    application = build_app().freeze()
    pattern = r"the inline policies .* would have (\d+) statements with about ([\d,]+) characters"
    messages = [notice.message for notice in find_warnings(application, SETTINGS)]
    ((count, size),) = (match.groups() for each in messages if (match := re.search(pattern, each)))

    stack = synthesize(application, SETTINGS)
    files = render(stack, assets.find_templates(), assets.find_modules())
    texts = {file.path: file.content.decode() for file in files}
    root = tmp_path / "stages" / "dev"
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "app" / "package.zip").touch()
    runner = tftest.TerraformTest(str(root), binary=str(attached_terraform.path), env=aws_environment)
    pretend_apply(runner, root, {}, rounds=3)
    resources = json.loads((root / "terraform.tfstate").read_text())["resources"]
    policies = {
        instance["attributes"]["name"]: instance["attributes"]["policy"]
        for each in resources
        if each["type"] == "aws_iam_role_policy"
        for instance in each["instances"]
    }
    assert json.loads(policies.pop("user")) == json.loads(POLICY)
    assert int(count) == sum(len(json.loads(text)["Statement"]) for text in policies.values())
    text = "".join([*policies.values(), *POLICY.split()])
    for name, longest in REPLACED.items():  # The estimate is for the longest names of Regions and partitions.
        assert name in text
        text = text.replace(name, longest)
    assert int(size.replace(",", "")) == len(text)
