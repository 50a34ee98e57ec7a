"""Tests native wheels in a package and in a layer, and modules of the app, under AWS's runtime client."""

from __future__ import annotations

import platform
import sys
import zipfile
from pathlib import Path

import pytest

from domovoi_tf.packaging.build import Options, Target, build
from domovoi_tf.packaging.bytecode.choice import Choice
from domovoi_tf.packaging.bytecode.pythons import get_own_python

from .test_runtime_client import Answer, invoke

APP = """
import domovoi_tf
from bar import orders
app = domovoi_tf.Domovoi()

@app.scheduled_function("rate(1 minute)")
def check(event, context):
    return orders.check(event)
"""
ORDERS = """
import pydantic, pydantic_core

class Order(pydantic.BaseModel):
    beers: int

def check(event):
    return {"beers": Order(**event).beers, "from": [pydantic.__file__, pydantic_core._pydantic_core.__file__]}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bar") / "project"
    (folder / "bar").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "bar" / "orders.py").write_text(ORDERS)
    (folder / "requirements.txt").write_text("pydantic==2.12.3\n")
    return folder


@pytest.mark.parametrize("layer", [False, True], ids=["package", "layer"])
def test_native_wheel_runs(project: Path, tmp_path: Path, layer: bool) -> None:
    # Only the Python of the tests can load the wheel, which is for its version.
    machine = {"aarch64": "arm64"}.get(platform.machine(), "x86_64")
    target = Target(f"3.{sys.version_info.minor}", machine)
    choice = Choice(get_own_python())
    built = build(
        project, tmp_path / "package.zip", target, ["schedule"], Options(layer=layer), choice=choice
    )
    task, opt = tmp_path / "task", tmp_path / "opt"
    unzip(built.zip.path, task)
    if built.layer:
        unzip(built.layer.path, opt)
    # As Lambda does: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    answers, log = invoke(
        task, {"task_name": "check", "event": {"beers": "8"}}, PYTHONPATH=str(opt / "python")
    )
    assert answers[0].kind == "response", log
    document = answers[0].document
    assert answers == [Answer("response", {"beers": 8, "from": document["from"]})]
    root = opt / "python" if layer else task
    assert [Path(file).is_relative_to(root) for file in document["from"]] == [True, True]
    assert [*root.glob("pydantic/__pycache__/main.cpython-*.pyc")]
    assert document["from"][1].endswith(
        f"cpython-3{sys.version_info.minor}-{platform.machine()}-linux-gnu.so"
    )


def unzip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
