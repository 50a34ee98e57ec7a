"""Tests a package that is uploaded through S3, with its dependencies in a layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tftest
from package_index import add_wheel

from domovoi_tf.cli.deployment.local_deploy import prepare_upload
from domovoi_tf.loading import loader
from domovoi_tf.local import emulator_environment
from domovoi_tf.packaging import build as deployment_package
from domovoi_tf.packaging.build import Options, Package, Target
from domovoi_tf.rendering.output_tree import compare_tree, write_changes
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

pytestmark = pytest.mark.emulator

SETTINGS = Settings(app_name="stored", stage="dev", package_layer=True)
APP = """
import domovoi_tf

app = domovoi_tf.Domovoi()

@app.scheduled_function("rate(1 day)", enabled=False)
def tend(event, context):
    import drinks
    return ["CODE", drinks.version, drinks.__file__]
"""
#: The name of the bucket is not known before the apply.
HOST = """
provider "aws" {
  default_tags {
    tags = { for number in range(11) : "tag${number}" => "x" }
  }
}

resource "aws_s3_bucket" "packages" {
  bucket_prefix = "packages-"
  force_destroy = true
}

module "stored" {
  source = "./app"

  package = { upload = { bucket = aws_s3_bucket.packages.bucket, prefix = "builds/" } }
}
"""


class Stored(NamedTuple):
    """The deployed app."""

    folder: Path
    runner: tftest.TerraformTest
    emulator: emulator_environment.Emulator

    def build(self, code: str, version: str) -> Package:
        """Builds the package with this result of the handler and this version of its dependency."""
        project = self.folder / "project"
        project.mkdir(exist_ok=True)
        (project / "app.py").write_text(APP.replace("CODE", code))
        add_wheel(project, "drinks", version, text=f"version = {version!r}\n")
        (project / "requirements.txt").write_text(f"./drinks-{version}-py3-none-any.whl\n")
        application = loader.load(project) if not (self.folder / "app").exists() else None
        if application:
            files = render(synthesize(application, SETTINGS), assets.find_templates(), assets.find_modules())
            write_changes(self.folder, compare_tree(self.folder, files, ["dev"]))
        destination = self.folder / "app" / "package.zip"
        return deployment_package.build(
            project, destination, Target(), ["schedule"], Options(layer=True, through_s3=True)
        )

    def apply(self) -> dict[str, list[str]]:
        """Plans and applies; returns the actions on each resource that changes."""
        plan = self.runner.plan(output=True)
        self.runner.apply()
        actions = {change["address"]: change["change"]["actions"] for change in plan["resource_changes"]}
        return {address: each for address, each in actions.items() if each != ["no-op"]}

    def call(self) -> Any:
        """Invokes the function."""
        client = emulator_environment.create_client(self.emulator, "lambda")
        payload = json.dumps({"task_name": "tend", "event": {}})
        return json.loads(client.invoke(FunctionName="stored", Payload=payload)["Payload"].read())

    def keys(self) -> list[str]:
        """Returns the keys in the bucket."""
        client = emulator_environment.create_client(self.emulator, "s3")
        names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        (bucket,) = [name for name in names if name.startswith("packages-")]
        return sorted(item["Key"] for item in client.list_objects_v2(Bucket=bucket)["Contents"])


@pytest.fixture(scope="module")
def stored(
    tmp_path_factory: pytest.TempPathFactory,
    emulator: emulator_environment.Emulator,
    attached_terraform: Binary,
    aws_environment: dict[str, str],
) -> Stored:
    folder = tmp_path_factory.mktemp("stored")
    (folder / "main.tf").write_text(HOST)
    runner = tftest.TerraformTest(str(folder), binary=str(attached_terraform.path), env=aws_environment)
    deployed = Stored(folder, runner, emulator)
    deployed.build("one", "1.0")
    runner.setup(cleanup_on_exit=False)
    runner.apply()
    return deployed


def test_apply_uploads_only_what_has_changed(stored: Stored) -> None:
    first = stored.build("one", "1.0")
    assert stored.keys() == build_keys(first)
    code, version, file = stored.call()
    assert (code, version) == ("one", "1.0")
    assert file.endswith("/python/drinks.py")
    assert stored.apply() == {}

    second = stored.build("two", "1.0")
    assert second.layer == first.layer
    assert stored.apply() == {
        'module.stored.aws_s3_object.package["package"]': ["create", "delete"],
        "module.stored.module.lambda.aws_lambda_function.this": ["update"],
    }
    assert stored.keys() == build_keys(second)
    assert stored.call()[:2] == ["two", "1.0"]

    third = stored.build("two", "2.0")
    assert third.zip == second.zip
    assert stored.apply() == {
        'module.stored.aws_s3_object.layer["layer"]': ["create", "delete"],
        "module.stored.aws_lambda_layer_version.dependencies": ["create", "delete"],
        "module.stored.module.lambda.aws_lambda_function.this": ["update"],
    }
    assert stored.call()[:2] == ["two", "2.0"]
    (layer,) = emulator_environment.create_client(stored.emulator, "lambda").list_layers()["Layers"]
    assert (layer["LayerName"], layer["LatestMatchingVersion"]["Version"]) == ("stored-dependencies", 2)


def test_local_deploy_creates_the_bucket_once(emulator: emulator_environment.Emulator) -> None:
    settings = Settings(app_name="bar", stage="dev", package_s3={"bucket": "bar-packages"})
    s3 = emulator_environment.create_client(emulator, "s3")
    prepare_upload(emulator, settings)
    s3.put_object(Bucket="bar-packages", Key="kept")
    prepare_upload(emulator, settings)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="bar-packages")["Contents"]] == ["kept"]


def build_keys(built: Package) -> list[str]:
    """Returns the keys under which a package and its layer are uploaded."""
    assert built.layer
    return [f"builds/stored/layer-{built.layer.sha256}.zip", f"builds/stored/package-{built.zip.sha256}.zip"]
