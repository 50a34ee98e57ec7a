"""States that are written by hand: a root module is as good as applied, and its next plan can be read.

The values of a first plan become the state. So the result does not depend on what an emulator keeps, only on
what the provider plans, and nothing waits for resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tftest

Files = Mapping[str, str]

#: The forms of ARNs, as far as modules check them.
_ROLE = "arn:aws:iam::123456789012:role/{}"
_ARNS = {
    "aws_cloudwatch_log_group": "arn:aws:logs:us-east-1:123456789012:log-group:{}",
    "aws_kinesis_stream": "arn:aws:kinesis:us-east-1:123456789012:stream/{}",
    "aws_lambda_function": "arn:aws:lambda:us-east-1:123456789012:function:{}",
    "aws_lb_target_group": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/{}/1",
    "aws_sns_topic": "arn:aws:sns:us-east-1:123456789012:{}",
    "aws_sqs_queue": "arn:aws:sqs:us-east-1:123456789012:{}",
}
_PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'


def pretend_apply(runner: tftest.TerraformTest, root: Path, files: Files, rounds: int = 1) -> None:
    """Writes a root module, and a state as if it had been applied.

    Args:
        runner: the runner of the root module, not initialised.
        root: the folder of the root module.
        files: its texts, by path.
        rounds: how often to plan; what refers to the ARN of a new resource gets it one round later.
    """
    write_files(root, files)
    runner.setup(cleanup_on_exit=False)
    for _ in range(rounds):
        state = _build_state(_plan(runner, "-refresh=false"))
        (root / "terraform.tfstate").write_text(json.dumps(state))


def plan_changes(runner: tftest.TerraformTest, *options: str) -> dict[str, Any]:
    """Returns the planned changes of the resources by address, without a look at what exists.

    Args:
        runner: the runner of a root module that `pretend_apply` has written.
        options: further options of ``plan``.
    """
    plan = _plan(runner, "-refresh=false", *options)
    return {each["address"]: each for each in plan["resource_changes"] if each["mode"] == "managed"}


def write_files(root: Path, files: Files) -> None:
    """Writes texts to a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _plan(runner: tftest.TerraformTest, *options: str) -> Any:
    runner.execute_command("plan", "-input=false", "-out=paper.tfplan", *options)
    return json.loads(runner.execute_command("show", "-json", "paper.tfplan").out)


def _build_state(plan: Any) -> dict[str, Any]:
    """Returns a state with what a plan creates; unknown IDs and ARNs become arbitrary ones."""
    versions = _find_versions(plan["planned_values"]["root_module"])
    resources = [
        {
            **({"module": each["module_address"]} if "module_address" in each else {}),
            **{key: each[key] for key in ("mode", "type", "name")},
            "provider": _PROVIDER,
            "instances": [
                {
                    **({"index_key": each["index"]} if "index" in each else {}),
                    "schema_version": versions[each["address"]],
                    "attributes": _fill(each["change"]["after"], each["change"]["after_unknown"], each),
                }
            ],
        }
        for each in plan["resource_changes"]
        if each["mode"] == "managed"
    ]
    return {"version": 4, "serial": 1, "lineage": "paper", "outputs": {}, "resources": resources}


def _find_versions(module: Mapping[str, Any]) -> dict[str, int]:
    """Returns the version of the schema of each resource in a module of a plan, by address."""
    versions = {each["address"]: each["schema_version"] for each in module.get("resources", ())}
    for child in module.get("child_modules", ()):
        versions.update(_find_versions(child))
    return versions


def _fill(known: Any, unknown: Any, resource: Mapping[str, Any]) -> Any:
    """Returns the values of a resource; unknown IDs, ARNs and versions are arbitrary, others null."""
    if unknown is True:
        return None
    if isinstance(unknown, Mapping) and isinstance(known, Mapping):
        merged = {name: _fill(known.get(name), unknown.get(name), resource) for name in {**known, **unknown}}
        return {**merged, **dict(_make_identities(unknown, resource))}
    if isinstance(unknown, list) and isinstance(known, list):
        return [_fill(*pair, resource) for pair in zip(known, unknown, strict=True)]
    return known


def _make_identities(unknown: Mapping[str, Any], resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = re.sub(r"\W+", "-", resource["address"])
    for attribute, value in unknown.items():
        if value is True and attribute.endswith("arn"):
            yield attribute, _ARNS.get(resource["type"], _ROLE).format(name)
        elif value is True and attribute.endswith(("id", "url")):
            yield attribute, name
        elif value is True and attribute == "owner":
            yield attribute, "123456789012"
        elif value is True and attribute == "version":
            yield attribute, "1"
