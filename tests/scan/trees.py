"""The trees that are scanned: names, and how they are rendered."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from documentation.pages import list_texts
from every_setting import ACCOUNT, EVERYTHING, build_application

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.scaffold import create_project
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets

ROOT = Path(__file__).parents[2]
#: It lists the checks that a tree passes with a setting only, and shows a file that passes one.
PAGE = ROOT / "docs" / "guides" / "scanners.md"
#: The beginning of that file.
REPLICATION = 'resource "aws_s3_bucket_replication_configuration"'
#: The tree of an app with every source, with all settings of functions that scanners ask for.
HARDENED = "hardened"
#: Settings of that tree that differ from those of the tree with every setting of functions.
HARDENING: dict[str, Any] = {
    "required_version": None,
    "functions": {},
    "alb_acm_cert_dns_name": "shop.example.com",
    "load_balancer": {
        "internal": True,
        "access_logs": {"bucket": "bar-access-logs", "prefix": "bar"},
        "deletion_protection": True,
        "web_acl_arn": f"arn:aws:wafv2:{ACCOUNT}:regional/webacl/bar/a1b2",
    },
}
#: The modules, without a tree around them.
MODULES = "modules"


def write_trees(folder: Path, project: Path) -> None:
    """Writes a tree of each example, of a new project, and of every setting, and the modules alone.

    Args:
        folder: where to write them, each in a folder of its own.
        project: where to create the new project.
    """
    create_project(project)
    apps = [path for pattern in ("*/app.py", "*/*/app.py") for path in (ROOT / "examples").glob(pattern)]
    for each in (*sorted(path.parent for path in apps), project):
        for stage in json.loads((each / settings.CONFIG).read_text("utf-8")).get("stages", {"dev": {}}):
            configured = settings.load(each, stage)
            _write(folder / each.name, loader.load(each, configured.environment_variables), configured)
    _write(folder / "every_setting", build_application(), replace(EVERYTHING, required_version=None))
    every_source = loader.load(ROOT / "examples" / "every_source", {})
    _write(folder / HARDENED, every_source, replace(EVERYTHING, **HARDENING))
    examples = list_texts("docs/guides/scanners.md", "hcl")
    (own,) = (text for text in examples if text.startswith(REPLICATION))
    (folder / HARDENED / "app" / "replication.tf").write_text(own)
    ignored = shutil.ignore_patterns("tests", ".terraform*")
    shutil.copytree(assets.find_modules(), folder / MODULES, ignore=ignored)


def list_roots(folder: Path) -> list[Path]:
    """Returns the folders in which Terraform runs, sorted: the root of each stage of each tree."""
    return sorted(folder.glob("*/stages/*"))


def _write(folder: Path, application: Application, configured: Settings) -> None:
    stack = synthesize(application, configured)
    for file in render(stack, assets.find_templates(), assets.find_modules()):
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.path).write_bytes(file.content)
