"""The trees that are scanned: names, and how they are rendered."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from every_setting import EVERYTHING, build_application

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.model.application import Application
from domovoi_tf.rendering.scaffold import create_project
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets

ROOT = Path(__file__).parents[2]
#: The tree of an app with every source, with all settings of functions that scanners ask for.
HARDENED = "hardened"
#: The modules, without a tree around them.
MODULES = "modules"


def write_trees(folder: Path, project: Path) -> None:
    """Writes a tree of each example, of a new project, and of every setting, and the modules alone.

    Args:
        folder: where to write them, each in a folder of its own.
        project: where to create the new project.
    """
    create_project(project)
    for each in (*sorted(path.parent for path in (ROOT / "examples").glob("*/app.py")), project):
        for stage in json.loads((each / settings.CONFIG).read_text("utf-8")).get("stages", {"dev": {}}):
            configured = settings.load(each, stage)
            _write(folder / each.name, loader.load(each, configured.environment_variables), configured)
    _write(folder / "every_setting", build_application(), replace(EVERYTHING, required_version=None))
    every_source = loader.load(ROOT / "examples" / "every_source", {})
    _write(folder / HARDENED, every_source, replace(EVERYTHING, required_version=None, functions={}))
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
