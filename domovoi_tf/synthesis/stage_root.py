"""Builds the root module of a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.operations.identity.roles import ROLES
from domovoi_tf.settings import Settings
from domovoi_tf.settings.formats import EMULATED_ACCOUNT
from domovoi_tf.synthesis import stack
from domovoi_tf.synthesis.backend_block import build_backend
from domovoi_tf.synthesis.function_arguments import (
    build_arguments,
    build_policy_files,
    build_role_arguments,
    build_source_arguments,
)
from domovoi_tf.triggers.alb import LISTENER


def build_stage(
    settings: Settings,
    inputs: tuple[stack.Input, ...],
    only: str | None,
    source_settings: tuple[str, ...],
    role_owners: Mapping[str, tuple[str, ...]],
) -> stack.Stage:
    """Returns the root module of a stage.

    Args:
        settings: the stage's settings.
        inputs: the inputs of the app's module, which become variables of the root.
        only: the key of the app's function if the module has no inputs for single functions.
        source_settings: the inputs of the app's module with settings of its sources.
        role_owners: the names of state machines and handlers of schedules that have a role, by key.
    """
    domain_name = settings.alb_acm_cert_dns_name if LISTENER in [each.name for each in inputs] else None
    overrides: dict[str, str] = {each.name: settings.stage for each in inputs if each.is_stage}
    if domain_name:
        overrides[LISTENER] = Reference("module.load_balancer.listener_arn")
    defaults = {LISTENER: settings.alb_listener_arn} if settings.alb_listener_arn else {}
    inputs_by_name = {each.name: overrides.get(each.name, Reference(f"var.{each.name}")) for each in inputs}
    given = {
        **inputs_by_name,
        **build_source_arguments(settings, source_settings),
        **build_role_arguments(settings, role_owners),
    }
    return stack.Stage(
        name=settings.stage,
        app=settings.name,
        arguments=build_arguments(settings, only, given),
        tags=settings.tags,
        policies=build_policy_files(settings),
        backend=build_backend(settings.backend),
        required_version=settings.required_version or stack.Stage.required_version,
        provider=_build_provider(settings.provider),
        inputs=tuple(
            replace(each, default=defaults.get(each.name, each.default))
            for each in inputs
            if each.name not in overrides
        ),
        load_balancer=_build_load_balancer(settings, domain_name) if domain_name else None,
        skipped=_build_skipped_checks(settings),
    )


def _build_skipped_checks(settings: Settings) -> stack.SkippedChecks:
    checks = sorted((each["id"], each["reason"]) for each in settings.skip_checks)
    checkov = tuple(each for each in checks if each[0].startswith("CKV"))
    # Only with this prefix, all versions of trivy know a check.
    trivy = ((f"AVD-{name.removeprefix('AVD-')}", reason) for name, reason in checks if name[:3] != "CKV")
    return stack.SkippedChecks(checkov, tuple(trivy))


def _build_load_balancer(settings: Settings, domain_name: str) -> stack.LoadBalancer:
    arguments = dict(settings.load_balancer or {})
    if web_acl := arguments.pop("web_acl_arn", None):
        arguments["web_acl"] = {"arn": web_acl}
    return stack.LoadBalancer(domain_name, settings.alb_subnet_ids, arguments)


def _build_provider(configuration: Mapping[str, Any]) -> stack.Provider:
    """Returns the provider block. Objects in the configuration become nested blocks."""
    arguments: dict[str, object] = {}
    blocks: list[tuple[str, Mapping[str, object]]] = []
    for name, value in configuration.items():
        if name == "default_tags":
            blocks.append((name, value if isinstance(value.get("tags"), Mapping) else {"tags": value}))
        elif isinstance(value, Mapping):
            blocks.append((name, value))
        elif name == ROLES:
            blocks += [(name, role) for role in value]
        else:
            arguments[name] = value
    if allowed := configuration.get("allowed_account_ids"):
        arguments["allowed_account_ids"] = [*allowed, EMULATED_ACCOUNT]
    return stack.Provider(arguments, tuple(blocks), bool(allowed))
