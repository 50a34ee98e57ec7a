"""The reviewed exceptions of the registry: texts that the code passes on, and messages without a remedy."""

from __future__ import annotations

import re

from .texts import LEFT, RIGHT

#: Functions that make an error or a warning of texts that another entry of the registry has, or that no entry
#: can have: the file, the function, and where the texts come from. The registry has no entries for them.
PASSED_ON = {
    ("app.py", "_build_table"): "a problem of a decorator, in tests of an app",
    ("app.py", "_record_fault"): "Python's message about wrong arguments, which rendering replaces",
    ("cli/deployment/deploy.py", "_apply"): "an error of Terraform, with another sentence in the remedy",
    ("cli/deployment/dev_command/run.py", "run_session"): "the notice of a recorder",
    ("cli/deployment/doctor.py", "_check_place"): "an error of the state",
    ("cli/deployment/doctor.py", "_check_project"): "an error of the app or of the configuration",
    ("cli/deployment/package.py", "build_package"): "the warnings of a package",
    ("cli/exit.py", "_print_error"): "the warnings of an error",
    ("cli/global_options.py", "_change_folder"): "the operating system's reason",
    ("cli/operations/arguments.py", "_parse_file"): "a mistake in JSON",
    ("cli/operations/dlq.py", "_open_queues"): "an error of a queue, as a warning",
    ("cli/operations/recorded/editing.py", "_parse"): "Python's message about a number with too many digits",
    ("cli/pipeline.py", "_run_in_stages"): "errors of stages",
    ("cli/pipeline.py", "load_stages"): "warnings of stages",
    ("cli/project/config.py", "config"): "the notices of a configuration",
    ("dev/tree_changes.py", "apply"): "the error of a command that runs in another process",
    ("doctor/account.py", "_make_connection_finding"): "an error of the emulator",
    ("doctor/account.py", "_make_error_finding"): "an explanation of an error of AWS",
    ("doctor/account.py", "check_backend"): "an error of the backend",
    ("doctor/account.py", "check_credentials"): "an error of the credentials",
    ("doctor/account.py", "check_region"): "botocore's message",
    ("doctor/project.py", "run_check"): "any error of a check",
    ("errors.py", "__init__"): "all problems of an app",
    ("loading/child.py", "_make_relative"): "a notice, with a relative path",
    ("loading/definitions/files.py", "_parse_json"): "mistakes in JSON",
    ("loading/definitions/files.py", "read_definition"): "a mistake in JSON or YAML",
    ("loading/definitions/files.py", "resolve_definitions"): "an error of a definition, as a problem",
    (
        "loading/frozen_application.py",
        "_add_default_attributes",
    ): "a problem of queue_attributes, with the name of the default",
    ("loading/loader.py", "_build_load_error"): "an error from the process that imports the app",
    ("loading/loader.py", "_describe_load_error"): "an error from the process that imports the app",
    ("loading/project_modules.py", "_list_files"): "a link that cannot be followed",
    ("local/forwarding/replays.py", "request_replay"): "the error of another process",
    ("operations/account.py", "_translate_client_error"): "an explanation of an error of AWS",
    ("operations/account.py", "_translate_core_error"): "an explanation of an error of AWS",
    ("packaging/file_walk.py", "_resolve"): "a link that cannot be followed",
    ("packaging/file_walk.py", "list_files"): "a link that cannot be followed",
    ("packaging/local_sources/source_tree.py", "_walk"): "a link that cannot be followed",
    ("rendering/stage_consistency.py", "merge_problems"): "a problem, with the stages that have it",
    ("settings/loader.py", "load"): "problems of policy files",
    ("settings/loader.py", "_load_document"): "problems of the configuration",
    ("settings/policy/grammar.py", "_check_texts"): "an error of a string",
    ("settings/policy/json_documents.py", "read_text"): "a mistake in a text",
    ("state/bucket.py", "translate_errors"): "an explanation of an error of AWS",
    ("state_machines/problems.py", "check_state_machine"): "a message of the package statelint",
    ("terraform/failed_run.py", "raise_if_explained"): "explanations of errors of Terraform",
    ("testing/__init__.py", "_find_route"): "a problem of a decorator",
    ("validation/application.py", "validate"): "a problem of a decorator",
    ("validation/names.py", "check_representable"): "an error of a value",
    ("validation/texts.py", "check_texts"): "an error of a string",
}

#: Functions that make an error of problems that are strings until then, so that nothing has recorded them.
JOINING = {("settings/loader.py", "_load_document"), ("settings/loader.py", "load")}


def _mark_placeholders(reasons: dict[str, str]) -> dict[str, str]:
    """Returns reasons by message, with the registry's signs around the names of placeholders."""
    return {re.sub(r"<(.+?)>", rf"{LEFT}\1{RIGHT}", message): reason for message, reason in reasons.items()}


#: Messages whose remedy is not in the code where the error is made, and where it comes from.
OPEN_REMEDIES = _mark_placeholders(
    {
        "this is not valid JSON: <message>.": "the mistake in JSON has it",
        "line <line>, column <column>: <message>": "the mistake in JSON or YAML has it",
        "a deployment of <stage> would erase what others have added:↵  <names>": "the resource's type has it",
    }
)
_SAYS = "says what is accepted"
_TAG = "letters, digits, spaces and . : / = + - @ _"
#: Errors without a remedy, and the reason.
WITHOUT_REMEDY = _mark_placeholders(
    {
        f"<name> is not a tag's key, which has 1 to 128 {_TAG}, and does not begin with aws:.": _SAYS,
        f"<value> is not a tag's value, which has at most 256 {_TAG}.": _SAYS,
        "<value> is not <expected value>.": _SAYS,
        "a load balancer needs different subnets in at least two Availability Zones.": "says what it needs",
        "`terraform <command>` failed with exit code <code>.": "Terraform has printed the reason",
        "`terraform <command>` failed with exit code <code>:↵<details>": "has Terraform's own text",
        "domovoi-tf exited with <code>.": "the process was ended, and has printed nothing",
    }
)
