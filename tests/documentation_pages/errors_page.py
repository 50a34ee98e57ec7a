"""Writes docs/reference/errors.md from the registry of errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unit.errors.registry import BREAK, Entry
from unit.errors.texts import LEFT, OPTIONS, RIGHT

from .markdown import REFERENCE, replace_part, wrap

PAGE = REFERENCE / "errors.md"
#: The greatest number of remedies in a paragraph.
MAX_REMEDIES = 4


class Section(NamedTuple):
    """A section of the page.

    Args:
        title: the heading.
        when: when its errors occur, and what to read.
        paths: the beginnings of the paths of its entries; the longest that matches an entry decides.
        kind: the kind of its entries, wherever they are; empty if the paths decide.
    """

    title: str
    when: str
    paths: tuple[str, ...] = ()
    kind: str = ""


#: The sections of each area, in the order of a user's work.
AREAS = {
    "The command line": (
        Section(
            "Usage",
            "The command line is invalid. Nothing was done, and the exit code is 2. "
            "[Commands](commands.md) lists all options.",
            kind="usage",
        ),
        Section("New projects", "`new-project` creates a project from a template.", ("rendering/scaffold",)),
        Section(
            "Arguments, files and payloads",
            "A command reads JSON, a file or a confirmation from the terminal.",
            ("cli/", "model/event_request"),
        ),
    ),
    "The configuration": (
        Section(
            "`.chalice/config.json`",
            "All commands read [the configuration](configuration.md). A message begins with the file, the "
            "line and the JSON path.",
            ("settings/",),
        ),
        Section(
            "Policy files",
            "Commands that render read the policies of the functions in `.chalice/policy-<stage>.json`.",
            ("settings/policy/grammar", "settings/policy/files"),
        ),
        Section(
            "Mistakes in JSON and YAML",
            "These texts end the message about a file or a payload that is not valid JSON or YAML. If one "
            "has no remedy, correct the file.",
            ("system/reading/json", "settings/policy/json", "loading/definitions"),
        ),
    ),
    "The app": (
        Section(
            "Importing the app",
            "Commands that need the app import it: see [How the app is read](../guides/reading.md).",
            (
                *("loading/loader", "loading/child", "loading/explanations", "loading/project_modules"),
                *("loading/unimported", "loading/recording", "system/reading/folder_walk"),
            ),
        ),
        Section(
            "Decorators and handlers",
            "A decorator, its arguments or its handler are wrong. [Python API](decorators.md) lists all "
            "arguments.",
            ("loading/", "runtime/handler_names", "app"),
        ),
        Section(
            "Functions, names and sources",
            "The [checks](checks.md) before rendering find these problems.",
            ("validation/", "model/"),
        ),
        Section(
            "S3", "See [S3 events](../sources/s3.md).", ("triggers/s3", "triggers/_s3", "triggers/_owners")
        ),
        Section(
            "Queues and streams",
            "See [SQS](../sources/sqs.md), [DynamoDB](../sources/dynamodb.md) and "
            "[Kinesis](../sources/kinesis.md).",
            (
                *("triggers/sqs", "triggers/dynamodb", "triggers/kinesis", "triggers/_queues"),
                *("triggers/_shared/stream", "triggers/_shared/event_source_mapping"),
            ),
        ),
        Section(
            "SNS, event patterns and filters",
            "See [SNS](../sources/sns.md) and [EventBridge](../sources/event.md).",
            ("triggers/sns", "triggers/event", "triggers/_patterns"),
        ),
        Section(
            "Schedules",
            "See [Schedules](../sources/schedule.md).",
            ("triggers/schedule", "triggers/_shared/schedule"),
        ),
        Section(
            "URLs and load balancers",
            "See [Function URLs](../sources/url.md) and [Load balancers](../sources/alb.md).",
            (
                "triggers/url",
                "triggers/alb",
                "triggers/_shared/listener",
                "triggers/_shared/emulated_listener",
            ),
        ),
        Section(
            "Logs and mail",
            "See [CloudWatch Logs](../sources/logs.md) and [Email](../sources/ses.md).",
            ("triggers/logs", "triggers/ses", "triggers/_shared/mail"),
        ),
        Section(
            "State machines",
            "See [State machines](../sources/state_machines.md). Definitions are also checked by the package "
            "statelint, whose messages are not listed here: correct the definition as the "
            "[Amazon States Language](https://states-language.net/spec.html) requires.",
            ("state_machines/",),
        ),
    ),
    "Rendering": (
        Section(
            "The tree and its stages",
            "`render` writes [the tree](tree.md); other commands check that it is up to date.",
            ("rendering/", "cli/project/"),
        ),
        Section("Renames", "See [Renaming](../guides/renaming.md).", ("renames/",)),
        Section(
            "Values that Terraform cannot represent",
            "A value of the app or of the configuration would not reach AWS unchanged.",
            ("hcl/",),
        ),
    ),
    "The deployment package": (
        Section(
            "Contents and imports",
            "`package` and commands that deploy build [the package](../guides/package.md).",
            ("packaging/", "cli/deployment/package"),
        ),
        Section(
            "Dependencies",
            "uv installs the dependencies for Lambda. Its own output follows the remedy.",
            ("packaging/dependencies", "packaging/local_sources"),
        ),
    ),
    "Local work": (
        Section(
            "The emulator",
            "See [The local emulator](../guides/local.md).",
            (
                "local/",
                "system/loopback",
                "cli/deployment/local",
                "cli/terraform/place",
                "terraform/shell_endpoint",
            ),
        ),
        Section("dev", "See [dev](../guides/dev.md).", ("dev/", "cli/deployment/dev_command")),
        Section(
            "Recorded events",
            "See [Recorded events](../guides/recorded-events.md).",
            ("recorder/", "cli/operations/recorded", "cli/operations/events"),
        ),
        Section("The console", "See [The console](../guides/console.md).", ("console/",)),
    ),
    "Terraform and AWS": (
        Section(
            "Running Terraform",
            "See [Terraform and OpenTofu](../guides/terraform.md#failures).",
            ("terraform/", "cli/terraform/", "cli/deployment/"),
        ),
        Section(
            "Plans",
            "A plan is not applied because it would do damage, or a file is not the JSON of a plan.",
            ("plans/", "cli/terraform/plan"),
        ),
        Section(
            "Failures of Terraform and AWS",
            "Terraform or AWS refused a request, for a reason that people meet often. Other errors are shown "
            "as Terraform prints them.",
            ("failures/",),
        ),
    ),
    "The state": (
        Section(
            "Backends, locks and migrations",
            "See [Remote state](../guides/remote-state.md).",
            ("state/", "cli/terraform/backend", "cli/terraform/state_check"),
        ),
    ),
    "Checks of doctor": (
        Section(
            "Findings",
            "`doctor` prints each finding after the name of its check. If a check could not be made, correct "
            "first what the findings before it name.",
            kind="finding",
        ),
    ),
    "Deployed functions": (
        Section(
            "Invocations, logs, executions and dead letters",
            "Commands look at what is deployed: see [After the deployment](../guides/after-deployment.md).",
            ("operations/", "cli/operations/"),
        ),
        Section(
            "Handlers in Lambda and in tests",
            "The runtime raises these errors in Lambda, and [the client](../guides/testing.md) in tests.",
            ("runtime/", "testing/", "model/names"),
        ),
    ),
}


def render_page(entries: Iterable[Entry]) -> str:
    """Returns the text of the page, with new parts between its markers.

    Args:
        entries: the entries of the registry.
    """
    groups: dict[Section, dict[str, dict[str, None]]] = {
        section: {} for sections in AREAS.values() for section in sections
    }
    entries = list(entries)
    messages = {entry.message for entry in entries}
    for entry in entries:
        if entry.message.removeprefix("sqs_") in messages - {entry.message}:
            continue  # of the queue that an S3 trigger makes, whose arguments begin with sqs_
        if entry.message.endswith(":") and any(each.startswith(entry.message + BREAK) for each in messages):
            continue  # the heading of a list that is empty
        message = f"Warning: {entry.message}" if entry.kind == "warning" else entry.message
        remedies = groups[find_section(entry)].setdefault(message, {})
        remedies.update(dict.fromkeys(entry.remedies))
    page = PAGE.read_text(encoding="utf-8")
    return replace_part(page, "errors", _render_areas(groups))


def find_section(entry: Entry) -> Section:
    """Returns the section of an entry.

    Args:
        entry: the entry.
    """
    sections = [section for each in AREAS.values() for section in each]
    own = [section for section in sections if section.kind == entry.kind]
    if own:
        return own[0]
    matches = [
        (len(path), section) for section in sections for path in section.paths if entry.path.startswith(path)
    ]
    assert matches, f"{entry.path}: add it to a section in tests/documentation_pages/errors_page.py"
    return max(matches, key=lambda match: match[0])[1]


def _render_areas(groups: dict[Section, dict[str, dict[str, None]]]) -> Iterator[str]:
    for area, sections in AREAS.items():
        yield from (f"## {area}", "")
        for section in sections:
            yield from (f"### {section.title}", "", *wrap(section.when), "")
            for message, remedies in groups[section].items():
                yield from _render_entry(message, remedies)
            yield ""


def _render_entry(message: str, remedies: Iterable[str]) -> Iterator[str]:
    """Yields a message with its remedies, which are a list if they are many."""
    known = [remedy for remedy in remedies if re.sub(f"{LEFT}.*?{RIGHT}", "", remedy)]
    listed = _share_ends(known) if len(known) > MAX_REMEDIES else []
    shown = "" if listed else " *Or:* ".join(map(escape_text, known))
    yield from wrap(f"**{escape_text(message)}**{'<br> ' if shown else ''}{shown}", "- ", "  ")
    for remedy in listed:
        yield from wrap(escape_text(remedy), "    - ", "      ")


def _share_ends(remedies: list[str]) -> list[str]:
    """Returns remedies whose optional end, if all have the same one, is an item of its own."""
    ends = {remedy[remedy.rfind("⟦") :] if remedy.endswith("⟧") else "" for remedy in remedies}
    if len(ends) > 1 or "" in ends:
        return remedies
    [end] = ends
    return [*(remedy.removesuffix(end) for remedy in remedies), end.strip(f"⟦¦⟧{BREAK} ")]


def escape_text(text: str) -> str:
    """Returns a text of the registry as Markdown.

    Args:
        text: the text.
    """
    parts = re.split(r"(`[^`]*`)", _show_choices(text).replace(BREAK, " "))
    return "".join(
        part if number % 2 else re.sub(r"([*\\]|(?<!\S)[-+#](?!\S)|__)", _escape, part).replace("<", "&lt;")
        for number, part in enumerate(parts)
    )


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\\{character}" for character in match[0])


def _show_choices(text: str) -> str:
    """Returns a text in which parts with several forms are in brackets, and those that may be missing too."""
    text = text.replace(OPTIONS, "")
    while match := re.search(r"⟦([^⟦⟧]*)⟧", text):
        options = match[1].split("¦")
        shown = " | ".join(filter(None, options))
        text = f"{text[: match.start()]}{f'({shown})' if all(options) else f'[{shown}]'}{text[match.end() :]}"
    return text
