"""The stage's root with a load balancer of its own: formatted, valid, and overridden as documented."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf import settings
from domovoi_tf.terraform import Binary, Terraform

pytestmark = pytest.mark.terraform
APP = Path(__file__).parents[1] / "triggers" / "alb" / "app.py"
OWN = {"alb_acm_cert_dns_name": "bar.example.com", "alb_subnet_ids": ["subnet-1", "subnet-2"]}
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
OVERRIDE = """\
module "load_balancer" {
  zone_name = "example.com"
  internal  = true
}
"""


@pytest.mark.parametrize("config", [OWN, {"alb_listener_arn": LISTENER}], ids=["own", "listener"])
def test_the_root_is_formatted_and_valid(
    config: dict[str, object],
    tmp_path: Path,
    rendered: Callable[[Path, Path, str], object],
    terraform_binary: Binary,
    attached_environment: dict[str, str],
) -> None:
    project, out = tmp_path / "project", tmp_path / "terraform"
    (project / settings.CONFIG).parent.mkdir(parents=True)
    (project / settings.CONFIG).write_text(json.dumps({"app_name": "bar", "tags": {"team": "bar"}, **config}))
    shutil.copy(APP, project)
    rendered(project, out, "dev")
    root = out / "stages" / "dev"
    if config is OWN:
        (root / "alb_override.tf").write_text(OVERRIDE)
    terraform = Terraform(root, attached_environment, terraform_binary)
    assert terraform.capture("fmt", "-check", "-diff", "-recursive", str(out)) == ""
    terraform.capture("init", "-backend=false")
    found = json.loads(terraform.capture("validate", "-json"))
    assert (found["valid"], found["diagnostics"]) == (True, [])
