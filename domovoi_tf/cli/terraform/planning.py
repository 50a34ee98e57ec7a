"""Makes, shows, confirms and applies plans, for the commands `plan`, `apply` and `deploy`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from domovoi_tf.cli import options, prompts
from domovoi_tf.cli.terraform import place, stage_folder, state_check
from domovoi_tf.cli.terraform.plan_output.out_option import WrittenFile, find_out_option
from domovoi_tf.errors import BackendError, SettingsError, TerraformError

if TYPE_CHECKING:
    from domovoi_tf.plans.changes import Change
    from domovoi_tf.plans.existing_resources import Overwritten
    from domovoi_tf.plans.summary import Line
    from domovoi_tf.terraform.runner import Terraform

#: The exit code of `terraform plan -detailed-exitcode` if the plan has changes.
CHANGES = 2
_CONFIRMATION = "apply the plan"
#: Of requests that look for existing resources; times in seconds.
LIMITS: Mapping[str, Any] = {"connect_timeout": 3, "read_timeout": 5, "retries": {"total_max_attempts": 2}}


class Plan(NamedTuple):
    """A plan that Terraform made.

    Args:
        changes: the planned changes, by handler.
        text: the part of Terraform's output that describes the changes.
        has_changes: whether there is anything to apply, such as an output's value.
        file: the path of the plan file that the user named with ``-out``.
        document: the plan as JSON, as `terraform show` prints it; may be empty if there is nothing to apply.
    """

    changes: tuple[Change, ...]
    text: str
    has_changes: bool
    file: str | None
    document: Mapping[str, Any] = {}


def detect_changes(
    terraform: Terraform, path: Path, *arguments: str, out: Callable[[str], object] | None = None
) -> bool:
    """Runs ``terraform plan`` without the terminal, and returns whether there is anything to apply.

    Args:
        terraform: Terraform in the stage's folder.
        path: the file for the plan.
        arguments: more arguments for Terraform.
        out: called with each part of Terraform's output.

    Raises:
        TerraformError: Terraform failed. The next deployment runs ``terraform init``.
    """
    from domovoi_tf.terraform.providers import init_record

    written = WrittenFile(path)
    try:
        options = ("-input=false", "-no-color", "-detailed-exitcode", *arguments, f"-out={path}")
        code, _ = terraform.capture_code(
            "plan", *options, out=out, is_success=lambda code: _has_plan(code, written)
        )
    except TerraformError as error:
        init_record.forget(terraform)
        error.exit_code = 1 if error.exit_code == CHANGES else error.exit_code
        raise
    return code == CHANGES


def make_plan(
    terraform: Terraform,
    folder: Path,
    arguments: Sequence[str] = (),
    *,
    quiet: bool = False,
    is_shown_unchanged: bool = False,
) -> Plan:
    """Runs ``terraform plan``, and exits with its exit code if it fails.

    Reading a plan takes as long as making it, so one without changes is not read unless the caller needs it.
    In either case, its state is checked.

    Args:
        terraform: Terraform in the stage's folder.
        folder: the output folder.
        arguments: more arguments for Terraform.
        quiet: whether to discard what Terraform prints before it describes the changes.
        is_shown_unchanged: whether the caller needs the document of a plan without changes, too.
    """
    from domovoi_tf.plans import saved_plan
    from domovoi_tf.plans.terraform_output import PlanOutput
    from domovoi_tf.terraform import streams

    stage_folder.initialise(terraform)
    text = PlanOutput((lambda _: None) if quiet else streams.write_output)
    path = saved_plan.prepare(terraform)
    file = find_out_option(arguments)
    plan_options = ["-detailed-exitcode", *([] if file else [f"-out={path}"])]
    options = [*stage_folder.get_colour_options(), *plan_options, *arguments]
    written = WrittenFile(terraform.folder / file if file else path)
    with discard_plan_on_failure(terraform):
        code = terraform.run("plan", *options, out=text.feed)
        if not _has_plan(code, written):
            (streams.write_error if quiet else streams.write_output)(text.failed_text)
            sys.exit(1 if code == CHANGES else code)
        document: Mapping[str, Any] = {}
        if code or is_shown_unchanged:
            document = _read_document(terraform, written.path)
        else:
            stage_folder.read_state(terraform)
    return Plan(_list_changes(document, folder), text.plan_text, code == CHANGES, file, document)


def _has_plan(code: int, written: WrittenFile) -> bool:
    """Returns whether `terraform plan` has made a plan.

    A Go program that crashes also exits with 2, and leaves the file of an earlier plan.
    """
    return code == 0 or (code == CHANGES and written.has_changed())


def read_plan(terraform: Terraform, folder: Path, path: Path) -> Plan:
    """Returns the plan in a plan file, without Terraform's output."""
    document = _read_document(terraform, path)
    changes = _list_changes(document, folder)
    return Plan(changes, "", bool(changes), str(path), document)


def find_foreign(project_dir: Path, stage: str, document: Mapping[str, Any]) -> str:
    """Returns a message that lists what exists already if a plan's state is empty; otherwise nothing."""
    from domovoi_tf.plans.existing_resources import describe_foreign

    found = describe_foreign(document, make_client_factory(project_dir, stage, **LIMITS))
    heading = f"The state of {stage} is empty, but these resources of the plan exist already:"
    return "\n  ".join([heading, *found]) if found else ""


def find_shared(document: Mapping[str, Any]) -> str:
    """Returns a message that lists what a plan destroys and creates at two addresses; otherwise nothing."""
    from domovoi_tf.plans.shared_objects import describe_shared_objects

    found = describe_shared_objects(document.get("resource_changes", []))
    if not found or options.get_replaced():
        return ""
    heading = "The plan destroys and creates the same objects in no certain order, and may leave none:"
    return "\n  ".join([heading, *found])


def find_obstacles(project_dir: Path, stage: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Yields a message for each reason for which `apply` rejects a plan."""
    erased = _find_overwritten(project_dir, stage, document).message
    yield from filter(None, (find_shared(document), find_foreign(project_dir, stage, document), erased))


def require_safe(terraform: Terraform, project_dir: Path, stage: str, document: Mapping[str, Any]) -> None:
    """Checks that a plan neither takes over resources nor creates what it destroys elsewhere.

    Args:
        terraform: Terraform in the stage's folder. Its plan of this process is dropped if the check fails.
        project_dir: the project's folder.
        stage: the name of the stage.
        document: the plan as JSON.

    Raises:
        BackendError: resources that the plan would create exist, or are destroyed at another address.
    """
    from domovoi_tf.failures.limits import advise_on_existing
    from domovoi_tf.plans.kept_resources import require_unprotected

    with discard_plan_on_failure(terraform):
        require_unprotected(document, stage)
        if message := find_shared(document):
            raise BackendError(
                message,
                "Nothing was changed. The rendered tree does not know what is deployed: render over the tree "
                "of the last deployment, or keep the names of handlers with name= (docs/guides/renaming.md). "
                f"To apply this plan nevertheless, run `terraform apply` in {terraform.folder}.",
            )
        if message := find_foreign(project_dir, stage, document):
            raise BackendError(message, f"Nothing was changed. {advise_on_existing(stage)}")
        if (erased := _find_overwritten(project_dir, stage, document)).lines:
            raise BackendError(erased.message, f"Nothing was changed. {erased.remedy}")


def _find_overwritten(project_dir: Path, stage: str, document: Mapping[str, Any]) -> Overwritten:
    from domovoi_tf.plans.existing_resources import find_overwritten

    return find_overwritten(document, make_client_factory(project_dir, stage, **LIMITS))


def make_client_factory(project_dir: Path, stage: str, **limits: Any) -> Callable[[str], Any]:
    """Returns a function that creates boto3 clients for the account of a stage, or for the emulator.

    A configuration that cannot be read, or is not here, has no provider's arguments.

    Args:
        project_dir: the project's folder.
        stage: the name of the stage.
        limits: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html
    """

    def load_provider() -> Mapping[str, Any]:
        from domovoi_tf import settings

        with contextlib.suppress(SettingsError):
            return settings.load(project_dir, stage).provider
        return {}

    @cache
    def open_own_session() -> tuple[Any, str | None]:
        from domovoi_tf.operations.identity.roles import open_session

        return open_session(load_provider(), os.environ)

    @cache
    def create(service: str) -> Any:
        from domovoi_tf.local import emulator_environment
        from domovoi_tf.operations.identity.sessions import make_client_config

        if emulator := place.get_emulator():
            at_emulator = emulator_environment.find_region(load_provider())
            return emulator_environment.create_client(emulator, service, at_emulator)
        session, region = open_own_session()
        return session.client(service, region_name=region, config=make_client_config(**limits))

    return create


def _read_document(terraform: Terraform, path: Path) -> Mapping[str, Any]:
    """Returns a plan file as JSON. Removes this process's plan if its state describes resources elsewhere."""
    from domovoi_tf.plans import saved_plan

    document: Mapping[str, Any] = terraform.read_json("show", str(path))
    try:
        state_check.check_plan(terraform.folder, document)
    except BackendError:
        saved_plan.discard(terraform)
        raise
    return document


def _list_changes(document: Mapping[str, Any], folder: Path) -> tuple[Change, ...]:
    from domovoi_tf.plans import changes, resource_owners

    return changes.list_changes(document, resource_owners.read_owners(folder / "app"))


def list_kept(plan: Plan, folder: Path) -> tuple[Line, ...]:
    """Returns the lines about resources that a plan to destroy a stage keeps, by owner."""
    from domovoi_tf.plans import kept_resources, resource_owners

    return kept_resources.list_kept(plan.document, resource_owners.read_owners(folder / "app"))


def require_answer(yes: bool) -> None:
    """Checks that the user can confirm a plan, before it is made."""
    prompts.require_answer(yes, _CONFIRMATION)


def confirm_plan(
    terraform: Terraform, yes: bool, question: str = "Apply this plan?", action: str = _CONFIRMATION
) -> None:
    """Asks whether to apply the plan, and drops it if the answer is no."""
    with discard_plan_on_failure(terraform):
        prompts.confirm(question, yes, action)


def apply_plan(terraform: Terraform, arguments: Sequence[str] = ()) -> None:
    """Applies the plan of this process and drops it. Exits with Terraform's exit code if that fails."""
    from domovoi_tf.plans import saved_plan

    try:
        stage_folder.run_or_exit(terraform, "apply", *arguments, str(saved_plan.locate_own_plan(terraform)))
    finally:
        saved_plan.discard(terraform)


@contextlib.contextmanager
def discard_plan_on_failure(terraform: Terraform) -> Iterator[None]:
    """Drops the plan of this process, which contains secrets, if the block fails or is interrupted."""
    from domovoi_tf.plans import saved_plan

    try:
        yield
    except BaseException:
        saved_plan.discard(terraform)
        raise
