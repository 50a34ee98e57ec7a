"""Tests that Terraform accepts a stage with a load balancer, also with the documented override."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from domovoi_tf import settings
from domovoi_tf.terraform.installation import Binary
from domovoi_tf.terraform.runner import Terraform

pytestmark = pytest.mark.terraform
APP = Path(__file__).parents[1] / "triggers" / "alb" / "app.py"
OWN = {"alb_acm_cert_dns_name": "bar.example.com", "alb_subnet_ids": ["subnet-1", "subnet-2"]}
ALL = {
    "internal": True,
    "access_logs": {"bucket": "logs", "prefix": "bar"},
    "deletion_protection": True,
    "drop_invalid_header_fields": False,
    "web_acl_arn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/bar/1",
}
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
OVERRIDE = """\
module "load_balancer" {
  zone_name = "example.com"
  internal  = true
}
"""


def write_project(folder: Path, config: Mapping[str, object]) -> Path:
    """Writes a project with a handler for requests, and returns its folder."""
    (folder / settings.CONFIG).parent.mkdir(parents=True)
    (folder / settings.CONFIG).write_text(json.dumps({"app_name": "bar", "tags": {"team": "bar"}, **config}))
    shutil.copy(APP, folder)
    return folder


@pytest.mark.parametrize(
    "config",
    [OWN, {**OWN, "load_balancer": ALL}, {"alb_listener_arn": LISTENER}],
    ids=["own", "all", "listener"],
)
def test_stage_is_formatted_and_valid(
    config: dict[str, object],
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    out = tmp_path / "terraform"
    rendered(write_project(tmp_path / "project", config), out, "dev")
    root = out / "stages" / "dev"
    if config is OWN:
        (root / "alb_override.tf").write_text(OVERRIDE)
    terraform = Terraform(root, aws_environment, attached_terraform)
    assert terraform.capture("fmt", "-check", "-diff", "-recursive", str(out)) == ""
    terraform.capture("init", "-backend=false")
    result = json.loads(terraform.capture("validate", "-json"))
    assert (result["valid"], result["diagnostics"]) == (True, [])


def test_target_group_has_no_dependencies(
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> None:
    """Terraform would create new dependencies before it destroys the old ones, as it does for the group."""
    rendered(write_project(tmp_path / "project", OWN), tmp_path, "dev")
    terraform = Terraform(tmp_path / "stages" / "dev", aws_environment, attached_terraform)
    terraform.capture("init")
    edges = re.findall(r'"(\S+)" -> "(\S+)"', terraform.capture("graph"))
    group, rule = (
        f"module.app.module.anything.aws_lb_{kind}.this" for kind in ("target_group", "listener_rule")
    )
    assert (rule, "module.load_balancer.aws_lb_listener.https") in edges
    assert group in {target for _, target in edges}
    assert [target for source, target in edges if source == group] == []
