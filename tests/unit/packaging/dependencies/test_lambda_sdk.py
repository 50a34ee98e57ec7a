"""The AWS SDK is left to Lambda's runtime only if it satisfies every bound; without network."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from package_index import add_wheel, use_index, write_files

from domovoi_tf.cli.deployment.package import format_package
from domovoi_tf.packaging.build import Options, Package, Target, build
from domovoi_tf.packaging.dependencies import lambda_sdk
from domovoi_tf.packaging.dependencies.lambda_sdk import RELEASES
from domovoi_tf.packaging.dependencies.wheels import find_uv

FILES = ("requirements.txt", "pyproject.toml", "uv.lock", "pylock.toml")
CRT = ("jmespath", "awscrt==1.0; extra == 'crt'")
PARTS = ["boto3 1.43.1", "botocore 1.43.1", "jmespath 1.0", "s3transfer 0.18.0", "urllib3 1.0"]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with the AWS SDK, newer than the runtime's, and packages that need it."""
    index = use_index(tmp_path, monkeypatch)
    needs = ("botocore<1.44,>=1.43.1", "jmespath", "s3transfer<0.19,>=0.18", "botocore[crt]; extra == 'crt'")
    add_wheel(index, "boto3", "1.43.1", needs=needs)
    add_wheel(index, "botocore", "1.43.1", needs=(*CRT, "urllib3<3", "python-dateutil"))
    add_wheel(index, "s3transfer", "0.18.0", needs=("botocore>=1.37",))
    add_wheel(index, "python-dateutil", needs=("six",))
    for name in ("jmespath", "urllib3", "six", "awscrt", "jinja2"):
        add_wheel(index, name)
    add_wheel(index, "domovoi-tf", needs=("jinja2", "boto3"))
    add_wheel(index, "drinks", needs=("boto3>=1.9,<2", "urllib3"))
    add_wheel(index, "aiodrinks", needs=("botocore<1.43.118,>=1.43.1",))
    add_wheel(index, "optional", needs=("botocore<1.43.118; extra == 'aws'", "six; extra == 'six'"))
    add_wheel(
        index, "elsewhere", needs=("boto3<1.30; python_version < '3'", "boto3<1; sys_platform == 'win32'")
    )
    return index


@pytest.fixture
def project(tmp_path: Path, index: Path) -> Path:
    return write_files(tmp_path / "project", {"app.py": "app = 1\n"})


def package(project: Path, **options: Any) -> Package:
    return build(project, project.parent / "package.zip", Target(), (), Options(**options))


def parts(project: Path, **options: Any) -> list[str]:
    made = package(project, **options).zip
    return sorted(part.name for part in made.parts if " " in part.name and "runtime" not in part.name)


def require(project: Path, file: str, *names: str) -> None:
    """Writes a file that lists the requirements; a lock file has all that they need."""
    if file == "requirements.txt":
        write_files(project, {file: "\n".join(names) + "\n"})
        return
    head = '[project]\nname = "bar"\nversion = "1"\nrequires-python = ">=3.10"\n'
    write_files(project, {"pyproject.toml": f"{head}dependencies = {json.dumps(names)}\n"})
    if file == "uv.lock":
        subprocess.run([find_uv(), "lock", "--quiet"], cwd=project, check=True)
    elif file == "pylock.toml":
        options = ["--quiet", "--format=pylock.toml", "--output-file=pylock.toml", "--python-version=3.10"]
        subprocess.run([find_uv(), "pip", "compile", *options, "pyproject.toml"], cwd=project, check=True)
        (project / "pyproject.toml").unlink()


@pytest.mark.parametrize("file", FILES)
def test_sdk_is_left_out_with_what_only_it_needs(project: Path, file: str) -> None:
    require(project, file, "drinks", "domovoi-tf")
    companions = ["jmespath 1.0", "python-dateutil 1.0", "six 1.0"]
    rest = [*companions, "jinja2 1.0"] if file == "pylock.toml" else []  # it does not record which is needed
    assert parts(project) == sorted(["drinks 1.0", "urllib3 1.0", *rest])
    assert package(project).left_out[0] == "boto3"
    assert parts(project, boto3=True) == sorted([*PARTS, *companions[1:], "drinks 1.0", *rest[3:]])
    assert package(project, boto3=True).left_out == ()


@pytest.mark.parametrize("file", FILES)
def test_sdk_is_included_if_a_package_needs_a_release_that_the_runtime_may_not_have(
    project: Path, file: str
) -> None:
    require(project, file, "aiodrinks")
    sdk = ["botocore 1.43.1", "jmespath 1.0", "python-dateutil 1.0", "six 1.0", "urllib3 1.0"]
    assert parts(project) == ["aiodrinks 1.0", *sdk]
    made = package(project)
    assert (made.left_out, made.included) == ((), ("botocore",))
    assert format_package(made)[0] == (
        f"Dependencies from {file}. botocore is included because aiodrinks 1.0 requires "
        "botocore<1.43.118,>=1.43.1, which Lambda's runtime may not satisfy; --without-boto3 leaves it out."
    )
    assert parts(project, boto3=False)[0] == "aiodrinks 1.0"
    assert package(project, boto3=False).left_out[-1] == "botocore"


def fail(*_: object) -> None:
    raise AssertionError("the requirements are parsed")


@pytest.mark.parametrize("name", ["drinks", "aiodrinks", "jinja2"])
def test_requirements_are_parsed_once(project: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    require(project, "requirements.txt", name)
    first = package(project)
    monkeypatch.setattr(lambda_sdk, "judge_sdk", fail)
    assert package(project) == first
    with pytest.raises(AssertionError, match="the requirements are parsed"):
        package(project, boto3=False)


@pytest.mark.parametrize(
    "damage", ["", "[]", '[["boto3", 1], ""]', '[["boto3"], null]', '["boto3", ""]', "1"]
)
def test_damaged_result_is_made_again(project: Path, tmp_path: Path, damage: str) -> None:
    require(project, "requirements.txt", "drinks")
    first = package(project)
    (kept,) = tmp_path.rglob("*.sdk.json")
    content = kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_text(damage)
    assert package(project) == first
    assert kept.read_text() == content == '[["boto3"], ""]'


def test_packages_of_the_sdk_are_included_together(project: Path) -> None:
    require(project, "requirements.txt", "aiodrinks", "drinks")
    assert parts(project) == sorted(["aiodrinks 1.0", "drinks 1.0", "python-dateutil 1.0", "six 1.0", *PARTS])
    assert "boto3, botocore and s3transfer are included because " in format_package(package(project))[0]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", ["boto3[crt]", "botocore[crt]"])
def test_packages_of_an_extra_of_the_sdk_are_included(project: Path, file: str, name: str) -> None:
    require(project, file, name)
    assert {"awscrt 1.0"} <= set(parts(project))
    assert not [part for part in parts(project) if part.startswith(("boto3", "botocore", "s3transfer"))]
    if file != "pylock.toml":
        assert parts(project) == ["awscrt 1.0"]
    assert "awscrt 1.0" in parts(project, boto3=False)


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (["boto3"], ["boto3"]),
        (["boto3>=1.38", "botocore<2", "s3transfer"], ["boto3", "botocore", "s3transfer"]),
        (["boto3~=1.38"], ["boto3"]),
        (["boto3==1.*"], ["boto3"]),
        (["boto3!=1.35.46"], ["boto3"]),
        (["boto3==1.43.1"], []),
        (["boto3>=1.39"], []),
        (["boto3~=1.43.0"], []),
        (["boto3<1.44"], []),
        (["boto3", "botocore!=1.38.36"], []),
        (["boto3", "s3transfer<0.19"], []),
        (["optional[six]"], []),
        (["elsewhere", "boto3"], ["boto3"]),
    ],
    ids=str,
)
def test_bounds_of_the_project(project: Path, names: list[str], left_out: list[str]) -> None:
    require(project, "requirements.txt", *names)
    made = package(project)
    assert list(made.left_out) == left_out
    included = [part.name for part in made.zip.parts if part.name.partition(" ")[0] in RELEASES]
    assert bool(included) == (not left_out and "optional[six]" not in names)


def test_bound_of_an_extra_that_is_in_use(project: Path) -> None:
    require(project, "requirements.txt", "optional[aws]")
    assert package(project).reason == "optional 1.0 requires botocore<1.43.118"


def test_bound_in_a_constraint_applies_to_a_package_that_is_required(project: Path) -> None:
    write_files(project, {"requirements.txt": "-c limits.txt\nsix\n", "limits.txt": "boto3==1.43.1\n"})
    assert (parts(project), package(project).left_out) == (["six 1.0"], ())
    write_files(project, {"requirements.txt": "-c limits.txt\nboto3\n"})
    assert package(project).reason == "requirements.txt requires boto3==1.43.1"
    assert {*PARTS} <= {*parts(project)}


def test_releases_are_pinned_with_hashes(project: Path, index: Path) -> None:
    names = {path.name: path for path in index.iterdir()}
    pins = [
        ("aiodrinks", "1.0"),
        ("botocore", "1.43.1"),
        ("jmespath", "1.0"),
        ("urllib3", "1.0"),
        ("six", "1.0"),
    ]
    pins += [("python-dateutil", "1.0")]
    lines = []
    for name, version in pins:
        wheel = names[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"]
        lines.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    require(project, "requirements.txt", *lines)
    assert "botocore 1.43.1" in parts(project)
