"""Plans a root module twice, with settings and without them, and returns what Terraform would change.

Nothing is applied: the values of the first plan become a state, so the result does not depend on what an
emulator keeps, only on how the provider plans the removal of a setting.
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
_ARNS = {"aws_sqs_queue": "arn:aws:sqs:us-east-1:123456789012:{}"}
_PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'


def plan_removals(runner: tftest.TerraformTest, root: Path, before: Files, after: Files) -> dict[str, Any]:
    """Returns the planned changes of the resources by address, from one root module to another one.

    Args:
        runner: the runner of the root module, not initialised.
        root: the folder of the root module.
        before: the texts with the settings, by path.
        after: the texts without them; the root module calls the same modules.
    """
    _write(root, before)
    runner.setup(cleanup_on_exit=False)
    (root / "terraform.tfstate").write_text(json.dumps(_build_state(_plan(runner))))
    _write(root, after)
    plan = _plan(runner, "-refresh=false")
    return {each["address"]: each["change"] for each in plan["resource_changes"] if each["mode"] == "managed"}


def _write(root: Path, files: Files) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _plan(runner: tftest.TerraformTest, *options: str) -> Any:
    runner.execute_command("plan", "-input=false", "-out=removals.tfplan", *options)
    return json.loads(runner.execute_command("show", "-json", "removals.tfplan").out)


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
    return {"version": 4, "serial": 1, "lineage": "removals", "outputs": {}, "resources": resources}


def _find_versions(module: Mapping[str, Any]) -> dict[str, int]:
    """Returns the version of the schema of each resource in a module of a plan, by address."""
    versions = {each["address"]: each["schema_version"] for each in module.get("resources", ())}
    for child in module.get("child_modules", ()):
        versions.update(_find_versions(child))
    return versions


def _fill(known: Any, unknown: Any, resource: Mapping[str, Any]) -> Any:
    """Returns the values of a resource with arbitrary IDs and ARNs for the unknown ones, and else nulls."""
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
        elif value is True and attribute.endswith("id"):
            yield attribute, name
