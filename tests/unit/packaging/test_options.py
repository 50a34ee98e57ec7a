"""The options of a package: excluded files, its layer, reproducible bytes, and the output of the command."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from command_server import run_command
from package_index import add_wheel, use_index, write_files

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging import size_limits
from domovoi_tf.packaging.build import Options, Package, Target, build, list_runtime_files
from domovoi_tf.settings import load as load_settings

APP = """import domovoi_tf
app = domovoi_tf.Domovoi()

@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
FILES = {
    "app.py": f"import handlers.billing\n{APP}",
    "handlers/billing.py": "",
    "handlers/unused.py": "",
    "domovoilib/menu.py": "",
    "vendor/gin/tests/test_gin.py": "",
    "vendor/gin/__init__.py": "",
    "requirements.txt": "drinks\nglasses\n",
    ".chalice/config.json": '{"app_name": "bar", "package_bytecode": false}',
}
EVERYTHING = [
    "app.py",
    "domovoilib/menu.py",
    "drinks-1.0.dist-info/METADATA",
    "drinks-1.0.dist-info/RECORD",
    "drinks-1.0.dist-info/WHEEL",
    "drinks.py",
    "gin/__init__.py",
    "gin/tests/test_gin.py",
    "glasses-1.0.dist-info/METADATA",
    "glasses-1.0.dist-info/RECORD",
    "glasses-1.0.dist-info/WHEEL",
    "glasses.py",
    "handlers/billing.py",
]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = use_index(tmp_path, monkeypatch)
    add_wheel(index, "drinks")
    add_wheel(index, "glasses", needs=("boto3",))
    return index


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(tmp_path / "bar", FILES)


def package(project: Path, **options: Any) -> Package:
    return build(project, project.parent / "package.zip", Target(), ("sns",), Options(**options))


def names(path: Path) -> list[str]:
    """Everything in a zip but the runtime."""
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if not name.startswith("domovoi_tf/")]


def failure(project: Path, **options: Any) -> str:
    with pytest.raises(PackageError) as caught:
        package(project, **options)
    return str(caught.value)


def run(project: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(arguments, *run_command(arguments, project, {**os.environ, **environ}))


# What it has


def test_imported_modules_are_packaged(project: Path) -> None:
    assert names(package(project).zip.path) == EVERYTHING


def test_app_may_be_a_package(project: Path) -> None:
    (project / "app.py").unlink()
    write_files(
        project, {"app/__init__.py": "from . import orders\n", "app/orders.py": "", "app/menu.json": "{}"}
    )
    packaged = names(package(project).zip.path)
    assert [name for name in packaged if name.startswith("app")] == [
        "app/__init__.py",
        "app/menu.json",
        "app/orders.py",
    ]


def test_module_that_links_out_of_the_project_is_an_error(project: Path) -> None:
    outside = write_files(project.parent / "outside", {"billing.py": ""}) / "billing.py"
    (project / "handlers/billing.py").unlink()
    (project / "handlers/billing.py").symlink_to(outside)
    assert failure(project) == (
        f"handlers/billing.py links to {outside}, which is outside the project folder.\n"
        "Replace the link with a copy of the file or folder."
    )


def test_module_with_the_path_of_a_dependency_is_an_error(project: Path) -> None:
    write_files(project, {"drinks.py": "", "app.py": "import drinks\n"})
    assert failure(project) == (
        "drinks.py comes from both drinks.py and drinks 1.0 of requirements.txt.\n"
        "Remove or rename one of them."
    )


@pytest.mark.parametrize(
    ("patterns", "gone"),
    [
        (("*/tests",), ["gin/tests/test_gin.py"]),
        (("*/tests/",), ["gin/tests/test_gin.py"]),
        (("gin",), ["gin/__init__.py", "gin/tests/test_gin.py"]),
        (("drinks*", "*/METADATA"), [n for n in EVERYTHING if n.startswith("drinks") or "METADATA" in n]),
        (("handlers/*",), ["handlers/billing.py"]),
    ],
)
def test_patterns_exclude_files_and_folders(
    project: Path, patterns: tuple[str, ...], gone: list[str]
) -> None:
    made = package(project, exclude=patterns)
    assert names(made.zip.path) == [name for name in EVERYTHING if name not in gone]
    assert made.unmatched == ()


def test_app_and_runtime_cannot_be_excluded(project: Path) -> None:
    made = package(project, exclude=("*", "Tests"))
    with zipfile.ZipFile(made.zip.path) as archive:
        assert archive.namelist() == sorted(["app.py", *list_runtime_files(("sns",))])
    assert made.unmatched == ("Tests",)


def test_patterns_apply_to_a_single_build(project: Path) -> None:
    package(project, exclude=("drinks*",))
    assert names(package(project).zip.path) == EVERYTHING


# The layer


def test_layer_has_the_dependencies_and_package_the_rest(project: Path) -> None:
    made = package(project, layer=True)
    assert made.layer
    assert made.layer.path == project.parent / "layer.zip"
    theirs = [name for name in EVERYTHING if name.startswith(("drinks", "glasses"))]
    assert names(made.layer.path) == [f"python/{name}" for name in theirs]
    assert names(made.zip.path) == [name for name in EVERYTHING if name not in theirs]
    assert [part.name for part in made.layer.parts] == ["glasses 1.0", "drinks 1.0"]


def test_changed_code_does_not_change_the_layer(project: Path) -> None:
    first = package(project, layer=True)
    assert first.layer
    os.utime(first.layer.path, (1, 1))
    write_files(project, {"app.py": f"{APP}\n# changed\n"})
    second = package(project, layer=True)
    assert second.layer == first.layer
    assert first.layer.path.stat().st_mtime == 1
    assert second.zip.sha256 != first.zip.sha256


@pytest.mark.parametrize(
    ("requirements", "why"),
    [(None, "the project lists no dependencies"), ("# none\n", "no files of requirements.txt remain")],
)
def test_empty_layer_is_an_error(project: Path, requirements: str | None, why: str) -> None:
    (project / "requirements.txt").unlink()
    write_files(project, {} if requirements is None else {"requirements.txt": requirements})
    assert failure(project, layer=True) == (
        f"The layer would be empty: {why}.\n"
        "Build and render without --layer and without package_layer in .chalice/config.json."
    )


# Sizes


def test_limit_applies_to_package_and_layer_together(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limits, "UNZIPPED_LIMIT", 1024)
    text = failure(project, layer=True)
    assert text.startswith("The package and its layer are 0.0 MB unzipped; Lambda accepts 0.0 MB. Largest: ")
    assert "the domovoi-tf runtime 0.0 MB, glasses 1.0 0.0 MB, drinks 1.0 0.0 MB, app.py 0.0 MB" in text
    assert not (project.parent / "layer.zip").exists()


def test_layer_too_large_zipped_is_an_error(
    project: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size_limits, "ZIPPED_LIMIT", 1024 * 1024)
    with zipfile.ZipFile(index / "drinks-1.0-py3-none-any.whl", "a") as archive:
        archive.writestr("spirits/gin.bin", os.urandom(1024 * 1024))
    write_files(project, {"requirements.txt": "drinks\nglasses\n# again\n"})
    assert failure(project, layer=True) == (
        "The layer is 1.0 MB zipped; Lambda accepts 1.0 MB. Largest: "
        "drinks 1.0 1.0 MB, glasses 1.0 0.0 MB.\n"
        "Remove unused files from the dependencies, vendor/ or domovoilib/, "
        "or leave files out with --exclude.\n"
        "Or upload it through S3, which has no such limit: set package_s3 in .chalice/config.json."
    )
    made = package(project, layer=True, through_s3=True)
    assert made.layer
    assert made.layer.size > 1024 * 1024


# The same everywhere

BUILD = """
import sys
from pathlib import Path
from domovoi_tf.packaging.build import Options, Target, build
project = Path(sys.argv[1])
made = build(project, project.parent / "package.zip", Target(), ("sns",), Options(layer=len(sys.argv) > 2))
print(made.zip.sha256, made.layer and made.layer.sha256)
"""


@pytest.mark.parametrize("layer", [[], ["layer"]], ids=["package", "layer"])
def test_two_machines_build_the_same_bytes(tmp_path: Path, layer: list[str]) -> None:
    """Umask, locale, time zone, hash seed, times, modes, and the order in which files were created."""
    files = {**FILES, "domovoilib/ö.txt": "ö", **{f"domovoilib/n{n}.py": str(n) for n in range(20)}}
    machines = [
        (list(files), 0o022, 1_000_000_000, {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1"}),
        (
            list(reversed(files)),
            0o077,
            1_700_000_001,
            {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "2"},
        ),
    ]
    outputs = []
    for number, (order, umask, mtime, environ) in enumerate(machines):
        before = os.umask(umask)
        try:
            folder = write_files(tmp_path / f"machine{number}" / "bar", {name: files[name] for name in order})
            for path in folder.rglob("*"):
                os.utime(path, (mtime, mtime))
            environ["DOMOVOI_TF_HOME"] = str(tmp_path / f"home{number}")
            command = [sys.executable, "-c", BUILD, str(folder), *layer]
            done = subprocess.run(
                command, env={**os.environ, **environ}, capture_output=True, text=True, check=True
            )
        finally:
            os.umask(before)
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    (first, second) = (sorted(tmp_path.glob(f"machine{number}/*.zip")) for number in (0, 1))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert len(first) == 1 + len(layer)


# The command


def test_text_output_of_the_command(project: Path) -> None:
    assert run(project, "render").returncode == 0
    done = run(project, "package", "--exclude", "*/tests", "--exclude", "beer")
    assert done.stderr == "Warning: the excluded pattern 'beer' matches nothing in the package.\n"
    path = project / "terraform/app/package.zip"
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    unzipped, runtime = (
        sum(i.file_size for i in infos),
        [i for i in infos if i.filename.startswith("domovoi_tf/")],
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sizes = {info.filename: info.file_size for info in infos}
    assert done.stdout == (
        "Dependencies from requirements.txt. boto3 is not included because Lambda's runtime provides it; "
        "--with-boto3 includes it.\n"
        "No bytecode: package_bytecode is false.\n"
        f"terraform/app/package.zip: {len(infos)} files, {path.stat().st_size:,} bytes "
        f"({unzipped:,} unzipped), SHA-256 {digest}\n"
        f"  the domovoi-tf runtime  {sum(i.file_size for i in runtime):,} bytes  {len(runtime)} files\n"
        f"  glasses 1.0                {of('glasses', sizes)} bytes  4 files\n"
        f"  drinks 1.0                 {of('drinks', sizes)} bytes  4 files\n"
        f"  app.py                     {sizes['app.py']} bytes  1 file\n"
        "  domovoilib                   0 bytes  1 file\n"
        "  handlers                     0 bytes  1 file\n"
        "  vendor/gin                   0 bytes  1 file\n"
    )


def of(name: str, sizes: dict[str, int]) -> int:
    return sum(size for file, size in sizes.items() if file.startswith(name))


def test_json_output_of_the_command(project: Path) -> None:
    assert run(project, "render").returncode == 0
    done = run(project, "package", "--json")
    summary = json.loads(done.stdout)
    path = project / "terraform/app/package.zip"
    assert summary.pop("parts")[1] == {"name": "glasses 1.0", "files": 4, "size": 240}
    assert summary == {
        "path": "terraform/app/package.zip",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size": path.stat().st_size,
        "unzipped": summary["unzipped"],
        "files": len(list_runtime_files(("sns",))) + len(EVERYTHING),
        "python": "3.13",
        "architecture": "x86_64",
        "dependencies": "requirements.txt",
        "left_out": ["boto3"],
        "bytecode": None,
        "layer": None,
    }


def test_output_names_the_file_that_is_used(project: Path) -> None:
    assert run(project, "render").returncode == 0
    write_files(
        project, {"pyproject.toml": '[project]\nname = "bar"\nversion = "1"\ndependencies = ["drinks"]\n'}
    )
    write_files(project, {"requirements.txt": "drinks\n"})
    assert run(project, "package").stdout.startswith(
        "Dependencies from requirements.txt, not from pyproject.toml.\n"
    )
    (project / "requirements.txt").unlink()
    assert run(project, "package").stdout.startswith("Dependencies from pyproject.toml.\n")
    (project / "pyproject.toml").unlink()
    assert run(project, "package").stdout.startswith(
        "No dependencies: found none in requirements.txt, pylock.toml, uv.lock or pyproject.toml.\n"
    )


@pytest.mark.parametrize(
    ("rendered", "built", "text"),
    [
        ([], ["--layer"], "no layer, but the package needs a layer"),
        (["--layer"], [], "a layer, but the package needs no layer"),
    ],
)
def test_package_that_does_not_fit_the_tree_is_an_error(
    project: Path, rendered: list[str], built: list[str], text: str
) -> None:
    assert run(project, "render", *rendered).returncode == 0
    done = run(project, "package", *built)
    assert (done.returncode, done.stderr) == (
        1,
        f"Error: The Terraform in terraform/app has {text}.\n"
        "Pass the same option to `domovoi-tf render` and `domovoi-tf package`, or set package_layer in "
        ".chalice/config.json and render again.\n",
    )
    assert not (project / "terraform/app/package.zip").exists()
    assert run(project, "package", *rendered).returncode == 0


def test_layer_is_part_of_the_tree_that_stages_share(project: Path) -> None:
    config = {"app_name": "bar", "stages": {"dev": {}, "prod": {}}}
    write_files(project, {".chalice/config.json": json.dumps(config)})
    assert [run(project, "render", "--stage", stage).returncode for stage in config["stages"]] == [0, 0]
    done = run(project, "render", "--layer")
    assert done.returncode == 0, done.stderr
    assert (project / "terraform/app/layer.tf").is_file()
    assert run(project, "render").returncode == 0
    assert not (project / "terraform/app/layer.tf").exists()


def test_configuration_sets_the_options(project: Path) -> None:
    options = {
        "package_layer": True,
        "package_boto3": True,
        "package_bytecode": True,
        "package_exclude": ["*/x"],
        "package_groups": ["x"],
    }
    write_files(project, {".chalice/config.json": json.dumps({"app_name": "bar", **options})})
    settings = load_settings(project, "dev")
    assert (settings.package_layer, settings.package_boto3) == (True, True)
    assert settings.package_bytecode is True
    assert (settings.package_exclude, settings.package_groups) == (("*/x",), ("x",))
    done = run(project, "render")
    assert (project / "terraform/app/layer.tf").is_file(), done.stderr
    assert run(project, "package").stderr == (
        "Error: requirements.txt has no dependency group 'x'.\n"
        "Groups are read from pyproject.toml, if there is neither requirements.txt nor pylock.toml.\n"
    )


@pytest.mark.parametrize(("key", "value"), [("package_layer", "yes"), ("package_exclude", "*/tests")])
def test_key_of_wrong_type_is_an_error(project: Path, key: str, value: str) -> None:
    write_files(project, {".chalice/config.json": json.dumps({"app_name": "bar", key: value})})
    done = run(project, "render")
    assert done.returncode == 1
    assert f".chalice/config.json:1: $.{key}: " in done.stderr


def test_help_has_an_example_and_every_option(project: Path) -> None:
    help_text = run(project, "package", "--help").stdout
    assert "Example: domovoi-tf package --exclude '*/tests'" in help_text
    for command in ("package", "deploy"):
        help_text = run(project, command, "--help").stdout
        assert all(
            each in help_text for each in ("--layer", "--exclude", "--group", "--with-boto3", "--no-bytecode")
        )
