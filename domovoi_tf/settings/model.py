"""The settings of a stage and of its functions: frozen records of the configuration's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from domovoi_tf.system.records import Record


class FunctionSettings(Record, kw_only=True):
    """Settings of functions: those of all functions of a stage, or of one function.

    None means not set: a function then uses the stage's value, and a stage the default of Lambda.
    Memory and storage are in MB, timeout and age in seconds. ``environment_variables`` and ``tags`` of a
    function are added to the stage's. ``policy`` is the text of ``policy_file``.
    """

    description: str | None = None
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    timeout: int | None = None
    memory_size: int | None = None
    ephemeral_storage_size: int | None = None
    layers: tuple[str, ...] | None = None
    subnet_ids: tuple[str, ...] | None = None
    security_group_ids: tuple[str, ...] | None = None
    reserved_concurrency: int | None = None
    xray: bool | None = None
    log_retention_in_days: int | None = None
    log_format: str | None = None
    application_log_level: str | None = None
    system_log_level: str | None = None
    log_group_kms_key_arn: str | None = None
    kms_key_arn: str | None = None
    source_kms_key_arns: tuple[str, ...] | None = None
    destination_kms_key_arns: tuple[str, ...] | None = None
    dead_letter_queue_target_arn: str | None = None
    maximum_retry_attempts: int | None = None
    maximum_event_age: int | None = None
    on_failure: str | None = None
    on_success: str | None = None
    code_signing_config_arn: str | None = None
    publish: bool | None = None
    iam_role_arn: str | None = None
    permissions_boundary: str | None = None
    role_path: str | None = None
    role_name_prefix: str | None = None
    policy: str | None = None
    policy_file: str | None = None
    policy_names: Mapping[str, str] | None = None
    autogen_policy: bool | None = None


class Settings(FunctionSettings, kw_only=True):
    """A stage's effective settings.

    ``functions`` are the settings of single functions by their names in the app; the default function is
    ``default``. ``function_paths`` are their JSON paths in the configuration, and ``notices`` are warnings
    about it. ``backend`` is a backend type and its arguments, or None for local state. ``stages`` are all
    stages of the configuration. Requests arrive through an existing listener, or through the stage's own load
    balancer, which has a certificate for a domain name; without subnets it uses those of the default VPC. All
    functions share a package, so the stage sets its Python version and architecture. ``quotas`` are numbers
    of the account by the quota's code.
    """

    app_name: str
    stage: str
    memory_size: int = 128
    timeout: int = 60
    functions: Mapping[str, FunctionSettings] = field(default_factory=dict)
    function_paths: Mapping[str, str] = field(default_factory=dict)
    python_version: str = "3.13"
    architecture: str = "x86_64"
    package_s3: Mapping[str, str] | None = None
    package_layer: bool = False
    package_allow: tuple[str, ...] = ()
    package_boto3: bool | None = None
    package_bytecode: bool | None = None
    package_exclude: tuple[str, ...] = ()
    package_groups: tuple[str, ...] = ()
    package_include: tuple[str, ...] = ()
    required_version: str | None = None
    workspace: str | None = None
    skip_checks: tuple[Mapping[str, str], ...] = ()
    provider: Mapping[str, Any] = field(default_factory=dict)
    backend: tuple[str, Mapping[str, Any]] | None = None
    stages: tuple[str, ...] = ()
    alb_listener_arn: str | None = None
    alb_acm_cert_dns_name: str | None = None
    alb_subnet_ids: tuple[str, ...] = ()
    load_balancer: Mapping[str, Any] | None = None
    buckets: Mapping[str, Any] = field(default_factory=dict)
    existing_roles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    quotas: Mapping[str, int] = field(default_factory=dict)
    schedules: Mapping[str, Any] = field(default_factory=dict)
    state_machines: Mapping[str, Any] = field(default_factory=dict)
    topics: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The prefix of every name on AWS."""
        return f"{self.app_name}-{self.stage}"

    @property
    def referred(self) -> dict[str, str]:
        """The existing resources in the account that the stage refers to, by key of the configuration."""
        name = self.alb_acm_cert_dns_name
        return {} if name is None else {"alb_acm_cert_dns_name": name}
