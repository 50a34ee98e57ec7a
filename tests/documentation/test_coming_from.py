"""The projects in docs/coming-from work here, and its tables name what exists."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from module_inputs import list_paths, read_blocks

from domovoi_tf import Domovoi, settings
from domovoi_tf.cli.root import cli
from domovoi_tf.errors import DomovoiError
from domovoi_tf.loading import loader
from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.settings import json_schema
from domovoi_tf.testing import Client

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "examples" / "coming_from"
PAGES = sorted((ROOT / "docs" / "coming-from").glob("*.md"))
#: The lines of `show` for each project: handlers with their sources.
HANDLERS = {
    "chalice/after": {
        "sweep": "rate(5 minutes)",
        "order": "SQS queue orders",
        "alarm": "SNS topic alarms",
        "develop": "S3 bucket shop-photos",
        "admin": "direct invocations",
    },
    "chalice/routes/after": {"shop": "HTTP requests signed for IAM"},
    "domovoi/after": {
        "order": "rate(1 minute)",
        "tend": "SNS topic bartender",
        "develop": "S3 bucket pub-photos through SNS",
        "alarm": "log group /till",
        "mash": "state Mash",
    },
    "sam/after": {
        "order": "SQS queue orders",
        "sweep": "cron(0 3 * * ? *)",
        "hello": "HTTP requests signed for IAM",
    },
    "serverless/after": {
        "order": "SQS queue orders",
        "sweep": "cron(0 3 * * ? *)",
        "alarm": "SNS topic alarms",
    },
    "terraform_aws_modules/after": {
        "order": "SQS queue variable('orders_queue_arn')",
        "sweep": "cron(0 3 * * ? *)",
    },
    "zappa/after": {"order": "SQS queue orders", "sweep": "cron(0 3 * * ? *)"},
}
Rendered = Callable[..., tuple[RenderedFile, ...]]


def read_page(name: str) -> str:
    return (ROOT / "docs" / "coming-from" / name).read_text(encoding="utf-8")


def read_tree(out: Path) -> str:
    """Returns the Terraform of an app and its stage, with one space around each equals sign."""
    files = [*sorted((out / "app").glob("*.tf")), *sorted((out / "stages" / "dev").glob("*.tf"))]
    return re.sub(" +", " ", "\n".join(path.read_text(encoding="utf-8") for path in files))


def test_all_projects_are_rendered() -> None:
    assert {str(path.parent.relative_to(PROJECTS)) for path in PROJECTS.rglob("after/app.py")} == {*HANDLERS}


@pytest.mark.parametrize("name", HANDLERS)
def test_project_is_rendered(name: str, tmp_path: Path, rendered: Rendered) -> None:
    project = PROJECTS / name
    rendered(project, tmp_path)
    configured = settings.load(project, "dev")
    routes = loader.load(project, configured.environment_variables).routes
    assert {each.handler: each.trigger.describe() for each in routes} == HANDLERS[name]


def test_names_of_domovoi_are_kept(tmp_path: Path, rendered: Rendered) -> None:
    """The names are those that domovoi 2.0.2 gives to the app, as it was deployed to the emulator."""
    rendered(PROJECTS / "domovoi" / "after", tmp_path)
    tree = read_tree(tmp_path)
    for line in (
        'name = "pub-dev"',
        'rule = {\n name = "order"',
        'target_id = "order"',
        'name = "domovoi-s3-events-pub-photos"',
        'name = "domovoi-cwl-filter"',
        'description = "Domovoi event handler"',
        'user = "pub-dev"',
    ):
        assert line in tree


def test_names_of_chalice_are_kept(tmp_path: Path, rendered: Rendered) -> None:
    """The names are those that chalice 1.34.0 gives to the app, as it was deployed to the emulator."""
    rendered(PROJECTS / "chalice" / "after", tmp_path)
    tree = read_tree(tmp_path)
    assert 'name = "shop-dev"' in tree
    assert 'name = "${var.name}-sweep-event"' in tree
    assert 'target_id = "1"' in tree
    for handler in HANDLERS["chalice/after"]:
        assert f'name = "${{var.name}}-{handler}"' in tree
    assert 'resource "aws_sqs_queue"' not in tree
    assert 'resource "aws_sns_topic"' not in tree


def test_app_of_domovoi_needs_another_import_only(tmp_path: Path, rendered: Rendered) -> None:
    project = tmp_path / "pub"
    shutil.copytree(PROJECTS / "domovoi" / "before", project)
    app = project / "app.py"
    changed = app.read_text().replace("\nimport domovoi\n", "\nimport domovoi_tf as domovoi\n")
    assert changed != app.read_text()
    app.write_text(changed)
    rendered(project, tmp_path / "out")
    assert 'resource "aws_sns_topic" "bartender"' in read_tree(tmp_path / "out")


def test_app_of_domovoi_without_the_change_is_explained(tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / "domovoi" / "before", tmp_path / "pub")
    with pytest.raises(DomovoiError, match="there is no module domovoi"):
        loader.load(tmp_path / "pub", {})


def test_chalice_decorators_are_explained(tmp_path: Path) -> None:
    """The page chalice.md shows the beginning of the message."""
    app = (PROJECTS / "chalice" / "before" / "app.py").read_text()
    app = app.replace("from chalice import Chalice, Rate\n", "from domovoi_tf import Domovoi\n")
    app = app.replace('Chalice(app_name="shop")', "Domovoi()").replace("Rate(5, unit=Rate.MINUTES)", '""')
    (tmp_path / "app.py").write_text(app)
    problems = [
        f"{each.location}: {each.message}\n{each.remedy}" for each in loader.load(tmp_path, {}).faults
    ]
    shown = read_page("chalice.md").partition("   Error: 4 problems\n")[2].partition("   ```")[0]
    assert len(problems) == 4
    lines = [line.strip() for line in "\n".join(problems).splitlines()]
    assert lines[:4] == [line.strip() for line in shown.splitlines() if line.strip()]


def import_app(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Imports the app of a project as `app`, as its own tests do."""
    spec = importlib.util.spec_from_file_location("app", project / "app.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "app", module)
    spec.loader.exec_module(module)
    return module


def test_handlers_of_chalice_read_their_events(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(import_app(PROJECTS / "chalice" / "after", monkeypatch).app)
    client.send("order", "two beers")
    client.send("alarm", "empty", Subject="till")
    client.send("develop", "a photo.jpg")
    client.send("sweep")
    assert client.logs[:3] == ["two beers", "till empty", "a photo.jpg"]
    assert client.logs[3].startswith("due at 20")
    assert client.send("admin", {"action": "count"}) == {"did": "count"}


def test_routes_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(import_app(PROJECTS / "chalice" / "routes" / "after", monkeypatch).app)
    http = {"method": "GET"}
    read = client.send("shop", None, rawPath="/orders/7", requestContext={"http": http})
    created = client.send("shop", {"beers": 2}, rawPath="/orders")
    assert [json.loads(each["body"]) for each in (read, created)] == [{"number": "7"}, {"beers": 2}]


def test_call_of_the_module_passes_its_inputs(tmp_path: Path, rendered: Rendered) -> None:
    project = PROJECTS / "terraform_aws_modules" / "after"
    rendered(project, tmp_path)
    inputs = {*list_paths(read_blocks(tmp_path / "app" / "variables.tf"), "type")}
    required = {"orders_queue_arn"}
    (call,) = [each for each in read_blocks(project / "main.tf") if each.type == "module"]
    passed = {*re.findall(r"^  (\w+) +=", (project / "main.tf").read_text().partition("module")[2], re.M)}
    assert call.labels == ("shop",)
    assert required <= passed - {"source"} <= inputs


# The tables: a column "here" has commands, decorators with arguments, and keys.


def list_cells() -> Iterator[tuple[str, str]]:
    """Yields the code in the columns about domovoi-tf, with its page."""
    for page in PAGES:
        header: list[str] = []
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
            if not (cells and header):
                header = cells
            elif header[-1] in ("here", "kept by"):
                yield from ((page.name, code) for code in re.findall("`([^`]+)`", cells[-1]))


CELLS = sorted({*list_cells()})
KEYS = {*json.loads(json_schema.build_schema())["properties"]}
DECORATORS = {
    name: {*inspect.signature(value).parameters}
    for name in dir(Domovoi)
    if not name.startswith("_") and callable(value := getattr(Domovoi, name))
}
ARGUMENTS = {argument for arguments in DECORATORS.values() for argument in arguments}
#: Code that is neither a command, a decorator nor a key.
OTHERS = re.compile(
    r"""event.*|record.*|for\ .*|base64.*|unquote.*|app\..*|variable\(.*\)|\["Subject"\]|live|AWS_PROFILE
    |Client\.event|def\ .*|\.chalice/.*|domovoi_tf\..*|terraform\.provider\.\w+|lambda_functions\.<name>
    |<app>.*|".*""",
    re.VERBOSE,
)
#: Fields of event patterns, which `cloudwatch_event_handler` takes as arguments.
FIELDS = {"source", "detail", "detail_type"}
#: Inputs of the app's module.
INPUTS = {"role", "settings", "name"}


def find_wrong_name(code: str) -> str:
    """Returns the part of a cell's code that does not exist in domovoi-tf; an empty text if all does."""
    if code.startswith("domovoi-tf "):
        return find_wrong_option(code.split()[1:])
    if match := re.fullmatch(r"(\w+)\((.*)\)", code):
        if match[1] not in DECORATORS:
            return "" if OTHERS.fullmatch(code) else match[1]
        call = ast.parse(code, mode="eval").body
        assert isinstance(call, ast.Call)
        names = [str(keyword.arg) for keyword in call.keywords]
    elif re.match(r"\w+=", code):
        names = [str(keyword.arg) for keyword in ast.parse(f"f({code})", mode="eval").body.keywords]  # type: ignore[attr-defined]
    else:
        return "" if code in KEYS | ARGUMENTS | INPUTS | {*DECORATORS} or OTHERS.fullmatch(code) else code
    return next((name for name in names if name not in ARGUMENTS | FIELDS), "")


def find_wrong_option(words: list[str]) -> str:
    """Returns the word of a command line that is no command or option; an empty text if all are."""
    command: click.Command = cli
    context = click.Context(command)
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            if (found := command.get_command(context, word)) is None:
                return word
            command, context = found, click.Context(found, parent=context)
        elif word.startswith("-"):
            options = [option for each in command.params for option in (*each.opts, *each.secondary_opts)]
            if word not in (*options, "-vv"):
                return word
    return ""


def test_tables_have_code() -> None:
    assert len(CELLS) > 100
    assert {page for page, _ in CELLS} == {page.name for page in PAGES if page.name != "index.md"}


def test_code_in_tables_exists() -> None:
    assert [(page, code) for page, code in CELLS if find_wrong_name(code)] == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("domovoi-tf deploi", "deploi"),
        ("domovoi-tf deploy --dry", "--dry"),
        ("schedule_function(1)", "schedule_function"),
        ('scheduled_function("rate(1 day)", zone="UTC")', "zone"),
        ("rule=1", "rule"),
        ("lambda_memory", "lambda_memory"),
    ],
)
def test_wrong_code_is_found(code: str, wrong: str) -> None:
    assert find_wrong_name(code) == wrong
