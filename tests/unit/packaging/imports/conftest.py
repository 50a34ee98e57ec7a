"""A project that is read, checked and packaged with the real loader, wheels and uv."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from package_index import write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.loading import loader
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.packaging.build import Options, Package, build
from domovoi_tf.packaging.imports.checks import check_project
from domovoi_tf.packaging.target import Target

APP = """
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.sns_topic_subscriber("orders")
def order(event, context): ...
"""
TARGET = Target()
#: The first lines of an app that adds src/ to Python's path.
SRC = "import pathlib, sys\nsys.path.insert(0, str(pathlib.Path(__file__).parent / 'src'))\n"


def missing(place: str, name: str, file: str, remedy: str, chain: str = "") -> str:
    """Returns the problem of a module of the project that is not in the package."""
    message = f"the package does not contain the module {name} ({file}), which is imported here{chain}"
    return f"{place}: {message}\n    {remedy}"


def include(pattern: str) -> str:
    """Returns the remedy for a module that no import statement names."""
    return (
        f'Write an import statement for it, or add "package_include": ["{pattern}"] to .chalice/config.json.'
    )


def unpackaged(place: str, files: str, them: str, remedy: str) -> str:
    """Returns the warning about data files."""
    are = "is" if them == "it" else "are"
    message = f"{files} {are} read when the app is imported, but the package does not contain {them}"
    return f"warning: {place}: {message}: {remedy}"


class Project:
    """A project whose app is read by the Python of the tests, with packages in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = write_files(folder / "project", {"app.py": APP})
        self.site = folder / "lib" / "site-packages"

    def write(self, **files: str) -> None:
        """Writes files; __ in a name is a slash, and the app's lines precede the app."""
        paths = {name: name.replace("____init__", "/-").replace("__", "/") for name in files}
        more = {f"{paths[name].replace('-', '__init__')}.py": text for name, text in files.items()}
        if "app.py" in more:
            more["app.py"] += APP
        write_files(self.folder, more)

    def install(self, name: str, files: dict[str, str], record: bool = True) -> None:
        """Installs a package for the Python that reads the app."""
        about = f"{name.replace('-', '_')}-1.0.dist-info"
        lines = "".join(f"{each},,\n" for each in (*files, f"{about}/RECORD"))
        write_files(self.site, {**files, **({f"{about}/RECORD": lines} if record else {})})

    def read(self, python: str | None = None) -> ReadApplication:
        """Reads the app."""
        return loader.load(self.folder, {"PYTHONPATH": str(self.site)}, python)

    def render(self, python: str | None = None, target: Target = TARGET, **options: Any) -> str:
        """Returns the problems and warnings when the app is rendered."""
        findings = check_project(self.folder, self.read(python), target, **options)
        return "\n".join([*map(str, findings.problems), *(f"warning: {each}" for each in findings.warnings)])

    def package(self, python: str | None = None, target: Target = TARGET, **options: Any) -> Package:
        """Reads the app and builds its package."""
        zip_file = self.folder.parent / "package.zip"
        return build(self.folder, zip_file, target, ("sns",), Options(**options), None, self.read(python))

    def fail(self, python: str | None = None, target: Target = TARGET, **options: Any) -> str:
        """Returns the error of building the package."""
        with pytest.raises(PackageError) as raised:
            self.package(python, target, **options)
        return str(raised.value)

    def run(self, code: str = "import app", **options: Any) -> str:
        """Runs code in the unpacked package, as Lambda does, and returns what it prints."""
        package = self.package(**options)
        folder = self.folder.parent / "task"
        with zipfile.ZipFile(package.zip.path) as archive:
            archive.extractall(folder)
        script = f"import sys; sys.path.insert(0, '.')\n{code}"
        command = [sys.executable, "-I", "-S", "-c", script]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("DOMOVOI_TF_HOME", str(tmp_path / "cache"))
    return Project(tmp_path)
