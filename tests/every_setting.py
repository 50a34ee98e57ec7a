"""An app, and settings with every setting set, for all functions and differently for one."""

from __future__ import annotations

from domovoi_tf import Domovoi
from domovoi_tf.model.application import Application
from domovoi_tf.settings import FunctionSettings, Settings

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
    application_log_level="WARN",
    system_log_level="DEBUG",
    log_group_kms_key_arn=f"arn:aws:kms:{ACCOUNT}:key/mrk-3",
    kms_key_arn=f"arn:aws:kms:{ACCOUNT}:key/mrk-1",
    source_kms_key_arns=(f"arn:aws:kms:{ACCOUNT}:key/mrk-4", f"arn:aws:kms:{ACCOUNT}:key/mrk-5"),
    destination_kms_key_arns=(f"arn:aws:kms:{ACCOUNT}:key/mrk-4",),
    dead_letter_queue_target_arn=f"arn:aws:sqs:{ACCOUNT}:spilt",
    maximum_retry_attempts=0,
    maximum_event_age=60,
    on_failure=f"arn:aws:sns:{ACCOUNT}:spilt",
    on_success=f"arn:aws:events:{ACCOUNT}:event-bus/default",
    code_signing_config_arn=f"arn:aws:lambda:{ACCOUNT}:code-signing-config:csc-0123456789abcdef0",
    publish=True,
    permissions_boundary="arn:aws:iam::123456789012:policy/bounds",
    role_path="/apps/",
    role_name_prefix="eu-",
    policy=POLICY,
    autogen_policy=True,
    policy_names={"user": "bar-user", "logs": "bar-logs"},
    buckets={
        "kms_key_arn": f"arn:aws:kms:{ACCOUNT}:key/mrk-2",
        "versioning": True,
        "access_logs": {"bucket": "bar-access-logs", "prefix": "bar/"},
        "block_public_access": True,
        "manage_lifecycle": True,
        "force_destroy": True,
    },
    schedules={"kms_key_arn": f"arn:aws:kms:{ACCOUNT}:key/mrk-2"},
    state_machines={
        "kms_key_arn": f"arn:aws:kms:{ACCOUNT}:key/mrk-2",
        "logging": {"level": "ALL", "include_execution_data": True},
        "tracing": True,
    },
    topics={"kms_key_arn": f"arn:aws:kms:{ACCOUNT}:key/mrk-2"},
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
        "allowed_account_ids": ["123456789012"],
        "assume_role": [
            {"role_arn": "arn:aws:iam::210987654321:role/gate", "session_name": "bar", "duration": "30m"},
            {"role_arn": "arn:aws:iam::123456789012:role/deployer", "session_name": "bar"},
        ],
        "assume_role_with_web_identity": {
            "role_arn": "arn:aws:iam::210987654321:role/ci",
            "web_identity_token_file": "/run/token",
        },
        "default_tags": {"tags": {"owner": "bar"}},
        "ignore_tags": {"keys": ["cost"], "key_prefixes": ["org:"]},
    },
)


def tend(event: object, context: object) -> None: ...


def report(event: object, context: object) -> None: ...


def build_application() -> Application:
    app = Domovoi()
    app.function("reports", memory_size=1024)
    app.sns_topic_subscriber("bartender")(tend)
    app.sqs_queue_subscriber("figures", function="reports")(report)
    return app.freeze()
