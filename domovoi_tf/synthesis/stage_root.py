"""The root module of a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis import stack
from domovoi_tf.synthesis.backend_block import backend
from domovoi_tf.synthesis.function_arguments import arguments, files
from domovoi_tf.triggers.alb import LISTENER


def _stage(settings: Settings, inputs: tuple[stack.Input, ...]) -> stack.Stage:
    own = settings.alb_acm_cert_dns_name if LISTENER in [each.name for each in inputs] else None
    passed = {LISTENER: Reference("module.load_balancer.listener_arn")} if own else {}
    defaults = {LISTENER: settings.alb_listener_arn}
    given = {each.name: passed.get(each.name, Reference(f"var.{each.name}")) for each in inputs}
    return stack.Stage(
        name=settings.stage,
        app=settings.name,
        arguments=arguments(settings, given),
        tags=settings.tags,
        policies=files(settings),
        backend=backend(settings.backend),
        required_version=settings.required_version or stack.Stage.required_version,
        provider=_provider(settings.provider),
        inputs=tuple(
            replace(each, default=defaults.get(each.name)) for each in inputs if each.name not in passed
        ),
        load_balancer=stack.LoadBalancer(own, settings.alb_subnet_ids) if own else None,
    )


def _provider(said: Mapping[str, Any]) -> stack.Provider:
    """Returns the provider's block; what is an object in the configuration is a block in it."""
    blocks = {key: value for key, value in said.items() if isinstance(value, Mapping)}
    tags = blocks.get("default_tags", {})
    if tags and not isinstance(tags.get("tags"), Mapping):
        blocks["default_tags"] = {"tags": tags}
    return stack.Provider({key: value for key, value in said.items() if key not in blocks}, blocks)
