"""A stage's root is rendered with an existing listener, with its own load balancer, or with neither."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domovoi_tf import Domovoi, variable
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

HERE = Path(__file__).parent / "listener"
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
CHANGING = ("main.tf", "alb.tf", "variables.tf")
URL = """
output "url" {
  description = "URL of the load balancer."
  value       = module.load_balancer.url
}
"""
VARIANTS = {
    "listener": Settings(app_name="bar", stage="dev", alb_listener_arn=LISTENER),
    "own": Settings(app_name="bar", stage="dev", alb_acm_cert_dns_name="bar.example.com"),
    "own_in_subnets": Settings(
        app_name="bar",
        stage="dev",
        tags={"team": "bar"},
        alb_acm_cert_dns_name="*.example.com",
        alb_subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    ),
    "neither": Settings(app_name="bar", stage="dev"),
}


def serve(event: object, context: object) -> None: ...


def shop(event: object, context: object) -> None: ...


@pytest.mark.parametrize("variant", VARIANTS)
def test_root_is_golden(variant: str, golden: Callable[[Path, str], None]) -> None:
    app = Domovoi()
    app.alb_target()(serve)
    app.alb_target("/shop", host=variable("shop_host"))(shop)
    application = app.freeze()
    assert validate(application, VARIANTS[variant]) == ()
    files = render(synthesize(application, VARIANTS[variant]), assets.find_templates(), assets.find_modules())
    root = {f.path.removeprefix("stages/dev/"): f.content for f in files if f.path.startswith("stages/dev/")}
    for name in CHANGING:
        if name in root:
            golden(HERE / variant / name, root[name].decode())
    assert set(root) & set(CHANGING) == {path.name for path in (HERE / variant).iterdir()}
    assert (URL in root["outputs.tf"].decode()) == variant.startswith("own")
    copied = {path.removeprefix("modules/"): text for path, text in root.items() if "/" in path}
    module = assets.find_modules() / "load_balancer"
    expected = {f"load_balancer/{path.name}": path.read_bytes() for path in module.glob("*.*")}
    assert copied == (expected if variant.startswith("own") else {})
