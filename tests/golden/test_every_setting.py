"""The tree of an app of which every setting is set, for all functions and otherwise for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from domovoi_tf import Domovoi, assets
from domovoi_tf.render import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.synthesize import synthesize
from domovoi_tf.validate import validate

HERE = Path(__file__).parent / "every_setting"
FILES = ("app/settings.tf", "app/lambda.tf", "app/iam.tf", "stages/prod/main.tf", "stages/prod/providers.tf")
ACCOUNT = "eu-west-1:123456789012"
POLICY = '{"Version": "2012-10-17", "Statement": []}\n'
OTHER = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}\n'
EVERYTHING = Settings(
    app_name="bar",
    stage="prod",
    description='Serves "beer" at ${name}.',
    environment_variables={"GLASS": "pint"},
    tags={"team": "bar"},
    timeout=30,
    memory_size=256,
    ephemeral_storage_size=1024,
    layers=(f"arn:aws:lambda:{ACCOUNT}:layer:glass:2", f"arn:aws:lambda:{ACCOUNT}:layer:ice:1"),
    subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    security_group_ids=("sg-0123456789abcdef0",),
    reserved_concurrency=5,
    xray=True,
    log_retention_in_days=14,
    log_format="JSON",
    kms_key_arn=f"arn:aws:kms:{ACCOUNT}:key/mrk-1",
    dead_letter_queue_target_arn=f"arn:aws:sqs:{ACCOUNT}:spilt",
    maximum_retry_attempts=0,
    maximum_event_age=60,
    on_failure=f"arn:aws:sns:{ACCOUNT}:spilt",
    on_success=f"arn:aws:events:{ACCOUNT}:event-bus/default",
    publish=True,
    permissions_boundary="arn:aws:iam::123456789012:policy/bounds",
    policy=POLICY,
    autogen_policy=True,
    functions={
        "reports": FunctionSettings(
            environment_variables={"GLASS": "none"},
            tags={"team": "office"},
            memory_size=512,
            subnet_ids=("subnet-0123456789abcdef2",),
            reserved_concurrency=0,
            xray=False,
            log_format="Text",
            policy=OTHER,
        ),
        "default": FunctionSettings(iam_role_arn="arn:aws:iam::123456789012:role/shared"),
    },
    python_version="3.12",
    architecture="arm64",
    required_version=">= 1.11, < 2.0",
    provider={
        "region": "eu-west-1",
        "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/deployer", "session_name": "bar"},
        "default_tags": {"tags": {"owner": "bar"}},
    },
)


def tend(event: object, context: object) -> None: ...


def report(event: object, context: object) -> None: ...


def files(settings: Settings) -> dict[str, str]:
    app = Domovoi()
    app.function("reports", memory_size=1024)
    app.sns_topic_subscriber("bartender")(tend)
    app.sqs_queue_subscriber("figures", function="reports")(report)
    application = app.freeze()
    assert validate(application, settings) == ()
    rendered = render(synthesize(application, settings), assets.templates(), assets.modules())
    return {file.path: file.content.decode() for file in rendered}


def test_everything_is_set(golden: Callable[[Path, str], None]) -> None:
    found = files(EVERYTHING)
    for path in FILES:
        golden(HERE / path, found[path])
    assert found["stages/prod/policy.json"] == POLICY
    assert found["stages/prod/policy-reports.json"] == OTHER
    assert "stages/prod/policy-default.json" not in found


def test_a_root_says_what_the_configuration_says_and_no_more() -> None:
    found, plain = files(EVERYTHING), files(Settings(app_name="bar", stage="prod"))
    assert plain["stages/prod/main.tf"].partition('source = "../../app"\n\n')[2] == (
        '  name        = "bar-prod"\n  memory_size = 128\n  timeout     = 60\n}\n'
    )
    app = {path for path in found if path.startswith("app/")}
    assert {path: found[path] for path in app} == {path: plain[path] for path in app}
