"""Imports: the runtime stays small, and only the listed modules write files or start processes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import domovoi_tf
from domovoi_tf.triggers import list_kinds

PACKAGE = Path(domovoi_tf.__file__).parent
#: What Lambda's own bootstrap has imported before the app, and the empty __future__.
LOADED = "import __future__, importlib, json, logging, os, sys"
CORE = {
    "domovoi_tf",
    "domovoi_tf.app",
    "domovoi_tf.errors",
    "domovoi_tf.model",
    "domovoi_tf.model.declarations",
    "domovoi_tf.model.names",
    "domovoi_tf.model.record",
    "domovoi_tf.runtime",
    "domovoi_tf.runtime.dispatch",
    "domovoi_tf.runtime.handlers",
}
PATTERNS = (
    "__init__.py",
    "app.py",
    "errors.py",
    "model/*.py",
    "runtime/*.py",
    "triggers/**/*.py",
    "types/*.py",
)
RUNTIME = sorted(path for pattern in PATTERNS for path in PACKAGE.glob(pattern))
#: Only type checkers import these, and Lambda never has them.
STUBS = {"domovoi_tf.types.decorators"}
STARTERS = {"subprocess", "multiprocessing", "pty", "python_terraform", "concurrent.futures.process"}
OS_STARTS = ("exec", "spawn", "posix_spawn", "fork", "popen", "system")
#: The functions that create a boto3 client of a service.
CLIENTS = {"emulator_environment.create_client", "account.create_client"}
WRITES = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "touch", "symlink_to", "copytree"}


def list_added_modules(code: str) -> set[str]:
    script = (
        f"{LOADED}\nbefore = set(sys.modules)\n{code}\nprint(json.dumps(sorted(set(sys.modules) - before)))"
    )
    # -S: without the hooks that a development install puts into every interpreter.
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def get_module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def list_imports(path: Path) -> set[str]:
    return {name for node in ast.walk(ast.parse(path.read_text())) for name in _list_names(node, path)}


def _list_names(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        folder = path.parents[node.level - 1] if node.level else PACKAGE.parent
        module = [get_module_name(folder / "__init__.py")] if node.level else []
        base = ".".join([*module, *([node.module] if node.module else [])])
        parent = Path(PACKAGE.parent, *base.split("."))
        modules = [alias.name for alias in node.names if (parent / f"{alias.name}.py").exists()]
        yield from [f"{base}.{name}" for name in modules] or [base]


def list_own_imports(path: Path) -> set[str]:
    """Returns the modules of the package that a module imports."""
    return {name for name in list_imports(path) if name.startswith("domovoi_tf")}


def list_modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def list_calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def make_relative(paths: set[Path]) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in paths}


def test_import_of_the_package_loads_only_its_core() -> None:
    assert list_added_modules("import domovoi_tf") == CORE


@pytest.mark.parametrize(
    ("kind", "decorate"),
    [("sns", "app.sns_topic_subscriber('t')"), ("schedule", "app.scheduled_function('rate(1 day)')")],
)
def test_app_loads_only_the_kinds_that_it_uses(kind: str, decorate: str) -> None:
    code = f"""
app = __import__("domovoi_tf").Domovoi()
@{decorate}
def handler(event, context): return "called"
event = {{"task_name": "handler", "event": 1}}
if {kind!r} == "sns":
    event = {{"Records": [{{"Sns": {{"TopicArn": "arn:aws:sns:us-east-1:1:t"}}}}]}}
assert app(event, None) == "called"
"""
    assert list_added_modules(code) == CORE | {
        "domovoi_tf.model.trigger",
        "domovoi_tf.triggers",
        f"domovoi_tf.triggers.{kind}",
    }


def test_handler_of_the_event_alone_needs_neither_asyncio_nor_inspect() -> None:
    code = """
app = __import__("domovoi_tf").Domovoi()
@app.scheduled_function("rate(1 day)")
def handler(event): return "called"
assert app({"task_name": "handler", "event": 1}, None) == "called"
"""
    assert list_added_modules(code) == CORE | {
        *("domovoi_tf.model.trigger", "domovoi_tf.runtime.calls"),
        *("domovoi_tf.triggers", "domovoi_tf.triggers.schedule"),
    }


@pytest.mark.parametrize("path", RUNTIME, ids=get_module_name)
def test_runtime_imports_only_the_standard_library_and_itself(path: Path) -> None:
    own = {get_module_name(each) for each in RUNTIME}
    foreign = {
        name
        for name in list_imports(path)
        if name not in own | STUBS and name.split(".")[0] not in sys.stdlib_module_names
    }
    # Lambda's own runtime has boto3, and only a handler that starts an execution imports it.
    assert foreign <= ({"boto3"} if path.stem == "executions" else set())


CHILD = (
    *("child", "decorators", "environment", "failures", "handler_checks", "serialization"),
    *(
        "debugging.attachment",
        "recording.missing_attributes",
        "recording.own_paths",
        "recording.records",
        "recording.recorder",
    ),
    *("explanations.attributes", "explanations.debuggers", "explanations.modules", "explanations.variables"),
)


@pytest.mark.parametrize("name", CHILD)
def test_loading_child_needs_no_installed_package(name: str) -> None:
    loading = {
        "domovoi_tf.loading",
        *("domovoi_tf.loading.debugging", "domovoi_tf.loading.explanations"),
        *(f"domovoi_tf.loading.{each}" for each in CHILD),
    }
    own = {*map(get_module_name, RUNTIME), *loading, "app"}
    foreign = list_imports(PACKAGE / "loading" / f"{name.replace('.', '/')}.py") - own
    assert {name.split(".")[0] for name in foreign} <= sys.stdlib_module_names


def test_loader_does_not_import_what_only_its_child_needs() -> None:
    added = list_added_modules("import domovoi_tf.loading.loader")
    assert not added & {"domovoi_tf.loading.child", "domovoi_tf.loading.handler_checks"}


def test_templates_and_stack_import_neither_model_nor_settings() -> None:
    own = {
        name for name in list_imports(PACKAGE / "rendering" / "templates.py") if name.startswith("domovoi_tf")
    }
    assert own == {
        "domovoi_tf.errors",
        "domovoi_tf.hcl.alignment",
        "domovoi_tf.hcl.syntax",
        "domovoi_tf.rendering.template_cache",
        "domovoi_tf.synthesis.stack",
        "domovoi_tf.system.records",
    }
    own = list_own_imports(PACKAGE / "synthesis" / "stack.py")
    assert own == {"domovoi_tf.hcl.syntax", "domovoi_tf.system.records"}


def test_only_these_modules_create_sessions() -> None:
    """Others would wait minutes for credentials if AWS does not answer."""
    found = {path for path in list_modules() if "boto3.Session(" in path.read_text()}
    assert make_relative(found) == {"local/emulator_environment.py", "operations/identity/sessions.py"}


def test_only_these_modules_start_processes() -> None:
    found = {path for path in list_modules() if list_imports(path) & STARTERS}
    for path in list_modules():
        for call in list_calls(path):
            at = call.func
            if isinstance(at, ast.Attribute) and at.attr.startswith("create_subprocess"):
                found.add(path)
            if isinstance(at, ast.Attribute) and isinstance(at.value, ast.Name) and at.value.id == "os":
                # The child that finishes a change to the tree runs nothing else.
                allowed = (path.name, at.attr) == ("folder_transaction.py", "fork")
                assert allowed or not at.attr.startswith(OS_STARTS), f"{path}:{call.lineno}"
    assert make_relative(found) == {
        "terraform/runner.py",
        "terraform/signals.py",
        "cli/deployment/dev_command/deployment.py",
        "dev/debugging/hub.py",
        "dev/tree_changes.py",
        "dev/workers/worker.py",
        "loading/process.py",
        "local/emulator.py",
        "local/handler_run.py",
        "packaging/bytecode/compiler.py",
        "packaging/bytecode/pythons.py",
        "packaging/dependencies/wheels.py",
        "rendering/git_history.py",
        "system/guarded_processes.py",
    }


def test_only_runner_imports_python_terraform() -> None:
    assert make_relative({p for p in list_modules() if "python_terraform" in list_imports(p)}) == {
        "terraform/runner.py"
    }


def test_only_these_modules_write_files() -> None:
    found = {path for path in list_modules() if any(_is_write(call) for call in list_calls(path))}
    # folder_transaction.py: the tree; atomic_files.py: projects, for scaffold.py, and with archive.py the
    # package; user_folder.py: the tool's own state; emulator.py: the emulator's log in it, and
    # function_pythons.py the environments of its functions;
    # wheels.py, installed_files.py: the cache of wheels; named_requirements.py: requirements files for uv in
    # a work folder; instance.py: the lock of `dev`; running_provider.py: its errors, in a temporary folder.
    # lazy_group.py: none, but its formatter calls the paragraphs of a help so.
    assert make_relative(found) == {
        "cli/lazy_group.py",
        "system/atomic_files.py",
        "packaging/archive.py",
        "system/user_folder.py",
        "dev/instance.py",
        "local/emulator.py",
        "local/function_pythons.py",
        "system/folder_transaction.py",
        "packaging/local_sources/named_requirements.py",
        "packaging/dependencies/installed_files.py",
        "packaging/dependencies/wheels.py",
        "terraform/providers/running_provider.py",
    }


def test_only_these_modules_replace_files() -> None:
    users = {path for path in list_modules() if "domovoi_tf.system.atomic_files" in list_imports(path)}
    assert make_relative(users) == {
        "system/folder_transaction.py",
        "packaging/archives/stored_members.py",
        "system/user_folder.py",
        "state/recovery.py",
        "rendering/scaffold.py",
        "rendering/template_cache.py",
        "packaging/dependencies/cache.py",
        "packaging/dependencies/lambda_sdk.py",
        "packaging/runtime_cache.py",
        "packaging/secret_files.py",
        "packaging/dependencies/wheels.py",
        "recorder/saved_tests.py",
    }
    users = {path for path in list_modules() if "domovoi_tf.system.folder_transaction" in list_imports(path)}
    assert make_relative(users) == {"rendering/output_tree.py"}


def _is_write(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    modes = [
        arg.value for arg in [*call.args, *(k.value for k in call.keywords)] if isinstance(arg, ast.Constant)
    ]
    opens = name == "open" and any(isinstance(mode, str) and set("wax+") & set(mode[:2]) for mode in modes)
    replaces = name == "replace" and ast.unparse(call.func).startswith(("os.", "Path("))
    return name in WRITES or opens or replaces


def test_sentences_are_printed_so_that_they_fit_the_terminal() -> None:
    """`output.print_text` breaks lines between words. These modules print what is to stay as it is."""
    found = {
        path.relative_to(PACKAGE / "cli").as_posix()
        for path in (PACKAGE / "cli").rglob("*.py")
        if any(ast.unparse(call.func) in ("click.echo", "click.secho") for call in list_calls(path))
    }
    assert found == {
        "output.py",
        "exit.py",  # tracebacks
        "root.py",  # versions
        "project/completion.py",  # a script
        "project/config.py",  # the JSON Schema
        "project/show.py",  # a table, as the following
        "operations/executions.py",  # and an ARN
        "operations/dlq.py",
        "operations/open.py",  # a URL
        "operations/invoke.py",  # the log of a handler
        "deployment/local.py",  # a script
    }


def test_command_line_has_no_branch_on_a_kind() -> None:
    services: set[int] = set()
    # The list of commands aside: one may be called what a kind is.
    for path in sorted({*(PACKAGE / "cli").rglob("*.py")} - {PACKAGE / "cli" / "root.py"}):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CLIENTS:
                services.add(id(node.args[-1]))  # boto3's name of a service, which a kind may be called too
            kind = isinstance(node, ast.Constant) and node.value in list_kinds() and id(node) not in services
            assert not kind, f"{path}:{getattr(node, 'lineno', 0)}"
            compared = (
                [getattr(part, "attr", "") for part in ast.walk(node)]
                if isinstance(node, ast.Compare)
                else []
            )
            assert "kind" not in compared, f"{path}:{getattr(node, 'lineno', 0)}"


def test_kinds_are_the_modules_of_the_triggers_folder() -> None:
    assert set(list_kinds()) == {path.stem for path in (PACKAGE / "triggers").glob("[a-z]*.py")}
