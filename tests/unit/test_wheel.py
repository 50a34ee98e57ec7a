"""The wheel contains the modules and the templates, and renders the same tree as a checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RENDER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import domovoi_tf
assert domovoi_tf.__file__.startswith(sys.argv[1]), domovoi_tf.__file__
from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
project = Path(sys.argv[2])
stack = synthesize(loader.load(project), settings.load(project, "dev"))
for file in render(stack, assets.find_templates(), assets.find_modules()):
    path = Path(sys.argv[3], file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the files of the wheel, as pip would install them."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = str(Path(sys.executable).parent / "uv")
    build = [uv, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*build, "--out-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def read_tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_wheel_renders_the_same_tree_as_a_checkout(installed: Path, tmp_path: Path) -> None:
    project = ROOT / "examples" / "bartender"
    for name, site in (("wheel", installed), ("checkout", ROOT)):
        script = [sys.executable, "-c", RENDER, str(site), str(project), str(tmp_path / name)]
        subprocess.run(script, check=True, cwd=tmp_path)
    assert read_tree(tmp_path / "wheel") == read_tree(tmp_path / "checkout")
    assert "app/modules/triggers/sns/main.tf" in read_tree(tmp_path / "wheel")


def test_wheel_has_no_tests_and_is_marked_as_typed(installed: Path) -> None:
    names = {path.relative_to(installed).parts[0] for path in installed.rglob("*") if path.is_file()}
    assert names == {"domovoi_tf", f"domovoi_tf-{read_version(installed)}.dist-info"}
    assert (installed / "domovoi_tf" / "py.typed").is_file()
    assert (installed / "domovoi_tf" / "config.schema.json").is_file()


def test_wheel_creates_the_same_projects_as_a_checkout(installed: Path, tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from domovoi_tf.rendering import scaffold\n"
        "for name in scaffold.list_examples(): scaffold.create_project(Path(sys.argv[2], name), name)"
    )
    for name, site in (("wheel", installed), ("checkout", ROOT)):
        (tmp_path / name).mkdir()
        subprocess.run(
            [sys.executable, "-c", script, str(site), str(tmp_path / name)], check=True, cwd=tmp_path
        )
    assert read_tree(tmp_path / "wheel") == read_tree(tmp_path / "checkout")
    assert "bartender/.gitignore" in read_tree(tmp_path / "wheel")


def read_version(installed: Path) -> str:
    (info,) = installed.glob("*.dist-info")
    return info.name.removeprefix("domovoi_tf-").removesuffix(".dist-info")
