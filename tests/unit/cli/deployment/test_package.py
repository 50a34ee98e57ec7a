"""`domovoi-tf package`, and its result as text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from domovoi_tf.cli.deployment.package import format_package, package
from domovoi_tf.packaging import size_limits
from domovoi_tf.packaging.build import Package, Zip
from domovoi_tf.packaging.dependencies.requirements import Requirements
from domovoi_tf.packaging.size_limits import Part

from ..conftest import Fails, Invoke, configure

PARTS = tuple(Part(f"part{number}", number, 1000 * number) for number in range(1, 13))
ZIP = Zip(Path("app/package.zip"), "5d0e", 1234, 5678, 78, PARTS)
BUILT = Package(ZIP)


def test_package_needs_a_rendered_tree(fails: Fails) -> None:
    assert fails("package") == "Error: terraform/app does not exist.\nRun `domovoi-tf render` first.\n"


def test_package_is_described_as_text_or_json(
    invoke: Invoke, rendered_tree: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    text = invoke(package).out
    document = json.loads(invoke(package, "--json").out)
    size, files = (rendered_tree / "app" / "package.zip").stat().st_size, document["files"]
    assert document["size"] == size
    assert f"\nterraform/app/package.zip: {files} files, {size:,} bytes (" in text
    assert document["sha256"] in text
    for part in document["parts"]:
        assert part["name"] in text
    assert (document["python"], document["architecture"]) == ("3.13", "x86_64")
    assert (document["dependencies"], document["left_out"], document["layer"]) == (None, [], None)


def test_excluded_pattern_that_matches_nothing_is_a_warning(
    project: Path, rendered_tree: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert rendered_tree.is_dir()
    monkeypatch.chdir(project)
    package.main(["--exclude", "beer"], standalone_mode=False)
    assert "the excluded pattern 'beer' matches nothing in the package." in capfd.readouterr().err


def test_package_and_tree_must_agree_on_the_layer(
    invoke: Invoke, project: Path, rendered_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    error = invoke(package, "--layer").error
    assert error
    assert error.message == ("The Terraform in terraform/app has no layer, but the package needs a layer.")
    (rendered_tree / "app" / "layer.tf").write_text("")
    error = invoke(package).error
    assert error
    assert error.message.endswith("/app has a layer, but the package needs no layer.")


def test_package_may_be_larger_if_it_is_uploaded_through_s3(
    invoke: Invoke, project: Path, rendered_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(size_limits, "ZIPPED_LIMIT", 1000)
    error = invoke(package).error
    assert error
    assert "Lambda accepts 0.0 MB." in error.message
    configure(project, {"app_name": "bar", "package_s3": {"bucket": "packages"}})
    assert invoke(package).code == 0
    assert (rendered_tree / "app" / "package.zip").stat().st_size > 1000


def test_zips_are_listed_with_their_largest_parts() -> None:
    dependencies, zip_, *parts = "\n".join(format_package(BUILT, with_parts=True)).splitlines()
    assert dependencies.startswith("No dependencies: found none in requirements.txt, ")
    assert zip_ == "app/package.zip: 78 files, 1,234 bytes (5,678 unzipped), SHA-256 5d0e"
    assert parts[0] == "  part1    1,000 bytes  1 file"
    assert parts[9] == "  part10  10,000 bytes  10 files"
    assert parts[10:] == ["  2 more  23,000 bytes  23 files"]
    layer = replace(ZIP, path=Path("app/layer.zip"), files=1, parts=PARTS[:10])
    with_layer = replace(BUILT, layer=layer)
    assert [line.partition(",")[0] for line in format_package(with_layer)[1:]] == [
        "app/layer.zip: 1 file",
        "app/package.zip: 78 files",
    ]
    assert "more" not in "\n".join(format_package(replace(BUILT, zip=layer), with_parts=True))


@pytest.mark.parametrize(
    ("left_out", "unused", "text"),
    [
        ((), (), "Dependencies from requirements.txt."),
        (
            (),
            ("uv.lock", "pyproject.toml"),
            "Dependencies from requirements.txt, not from uv.lock or pyproject.toml.",
        ),
        (
            ("boto3",),
            (),
            "Dependencies from requirements.txt. boto3 is not included because Lambda's runtime provides it; "
            "--with-boto3 includes it.",
        ),
        (
            ("boto3", "botocore"),
            (),
            "Dependencies from requirements.txt. boto3 and botocore are not included because "
            "Lambda's runtime provides them; --with-boto3 includes them.",
        ),
    ],
)
def test_source_of_the_dependencies_is_named(
    left_out: tuple[str, ...], unused: tuple[str, ...], text: str
) -> None:
    requirements = Requirements(Path("requirements.txt"), unused=unused)
    assert format_package(replace(BUILT, requirements=requirements, left_out=left_out))[0] == text
