"""Explains failures of the state, its backend, and saved plans."""

from __future__ import annotations

import re

from domovoi_tf.failures.aws_errors import parse_message, parse_operation
from domovoi_tf.failures.explanation import Explanation, Failure
from domovoi_tf.system.suggestions import spell


def explain_backend_change(failure: Failure) -> Explanation:
    """Explains that the configured backend is another one than at the last `terraform init`."""
    if "Initial configuration of the requested backend" in failure.sentence:
        return Explanation(
            f"Terraform has not been initialised with the backend of {failure.stage} yet.",
            f"Run `{spell('init', failure.stage)}`; if {failure.stage} is already deployed with a "
            f"local state: {spell('backend migrate', failure.stage)}",
        )
    return Explanation(
        f"The configured backend of {failure.stage} is not the one that its state is in.",
        f"To move the state, run `{spell('backend migrate', failure.stage)}`. If only other "
        f"arguments changed, such as the profile: {spell('init', failure.stage)} -- -reconfigure",
    )


def explain_partial_backend(failure: Failure) -> Explanation:
    """Explains that an argument of the backend is neither configured nor given to `terraform init`."""
    match = re.search(r'The attribute "(\w+)"', failure.sentence)
    name = match[1] if match else "bucket"
    return Explanation(
        f"The backend of {failure.stage} has no {name}.",
        f"Set {name} in terraform.backend in .chalice/config.json, or pass it to `terraform init`: "
        f"{spell('init', failure.stage)} -- -backend-config={name}=VALUE",
    )


def explain_missing_bucket(failure: Failure) -> Explanation:
    """Explains that the bucket of the state does not exist."""
    match = re.search(r'S3 bucket "([^"]+)"', failure.sentence)
    name = f" {match[1]}" if match else f" of the state of {failure.stage}"
    return Explanation(
        f"The bucket{name} does not exist.",
        f"Run `{spell('backend create', failure.stage)}` first.",
    )


def explain_bucket_region(failure: Failure) -> Explanation:
    """Explains that the bucket of the state is in another Region."""
    match = re.search(r"(?:expecting|actual location) ['\"]([\w-]+)['\"]", failure.sentence)
    where = match[1] if match else "another Region"
    return Explanation(
        f"The bucket of the state of {failure.stage} is in {where}, not in the configured Region.",
        "Set terraform.backend.s3.region in .chalice/config.json to the Region of the bucket.",
    )


def explain_newer_state(failure: Failure) -> Explanation:
    """Explains that a newer Terraform or provider has written the state."""
    if (
        "newer provider version" in failure.sentence
        or "provider to work with this resource" in failure.sentence
    ):
        return Explanation(
            f"A newer version of the AWS provider has written the state of {failure.stage}{failure.subject}.",
            f"Run `{spell('init', failure.stage)} -- -upgrade`.",
        )
    written = re.search(
        r"created by Terraform v?([\d.]+\d), which is newer|file uses format version (\d+)", failure.sentence
    )
    current = re.search(
        r"newer than current v?([\d.]+\d)|supported by Terraform ([\d.]+\d)", failure.sentence
    )
    version = f" {written[1]}" if written and written[1] else ""
    own = next(filter(None, current.groups()), "") if current else ""
    return Explanation(
        f"A newer Terraform{version} has written the state of {failure.stage}"
        f"{f', which Terraform {own} cannot read' if own else ''}.",
        f"Install Terraform{f'{version} or newer' if version else ' of a newer version'}, or name it with "
        "--terraform PATH.",
    )


def explain_unsaved_state(failure: Failure) -> Explanation:
    """Explains that Terraform could not write the state to its backend, and wrote a file instead."""
    return Explanation(
        f"Terraform could not save the state of {failure.stage}: it is in errored.tfstate in the stage's "
        "folder.",
        "Do not deploy before it is saved. When the cause is resolved, run in the stage's folder: "
        "terraform state push errored.tfstate",
    )


def explain_unreleased_lock(failure: Failure) -> Explanation:
    """Explains that Terraform could not release the lock when it had finished."""
    # The same sentence begins with the name of either program.
    reason = re.split(r" (?:Terraform|OpenTofu) acquires a lock", parse_message(failure.sentence))[0]
    request = ":".join(filter(None, parse_operation(failure.sentence)))
    return Explanation(
        f"The state of {failure.stage} is still locked: {request or 'the release'} failed: {reason}.",
        "What Terraform did is in the state. Resolve the cause, such as a missing permission, then run "
        f"`{spell('backend unlock', failure.stage)}`.",
    )


def explain_stale_plan(failure: Failure) -> Explanation:
    """Explains that the state has changed since the plan was made."""
    return Explanation(
        "The plan is stale: the state has changed since.",
        f"Run `{spell('plan', failure.stage)}` again.",
    )


def explain_moved_object(failure: Failure) -> Explanation:
    """Explains that a ``moved`` block is of another rendering than the files beside it."""
    match = re.search(r"declares a move from ([\w.\[\]\"-]+?),? but", failure.sentence)
    what = match[1] if match else "an address"
    return Explanation(
        f"A moved block moves {what} away, which is in use.",
        "If you restored terraform/ from version control, remove terraform/app/moved.tf, which it did not "
        f"have. Then run `{spell('render', failure.stage)}`. See docs/guides/renaming.md.",
    )
