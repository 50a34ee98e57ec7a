"""The packaged runtime holds the code that handling an event can reach, and no code for rendering."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import domovoi_tf
from domovoi_tf.loading import loader
from domovoi_tf.packaging.contents import list_runtime_files
from domovoi_tf.packaging.runtime_source import CALLS, HANDLER_NAMES, MIDDLEWARE, TYPES, strip_runtime
from domovoi_tf.synthesis.app_module import find_package_kinds
from domovoi_tf.triggers import list_kinds

TRIGGERS = Path(__file__).parents[2] / "triggers"
#: Methods of triggers for rendering an app or trying it out.
RENDERING = frozenset(
    {
        *("subject", "describe", "summary", "source", "grants", "arguments", "names", "problems", "warnings"),
        *("source_problems", "event", "sample", "send", "prepare", "find_conflicts", "collect_outputs"),
    }
)
KIND = "domovoi_tf/triggers/queue.py"
PACKAGE = Path(domovoi_tf.__file__).parent
RUNTIME = {
    path.relative_to(PACKAGE.parent).as_posix(): path.read_bytes()
    for pattern in ("*.py", "model/*.py", "runtime/*.py", "triggers/__init__.py")
    for path in PACKAGE.glob(pattern)
}
SOURCE = b'''"""A kind."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches

from ..model.names import resolve
from ..model.trigger import Limit, Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = Limit(noun="queue")
MOST, LEAST = 10, 1
PATTERN = re.compile("a")


class Queue(Trigger):
    """A queue."""

    kind = "queue"
    principal = "queue"
    name: str

    def key(self, handler: str) -> str:
        """Returns the key."""
        return resolve(self.name) + self._suffix()

    @property
    def limit(self) -> Any:
        return LIMIT

    def problems(self) -> Any:
        """Yields problems."""
        yield from _wrong(self.name)
        yield self._judged()

    def _suffix(self) -> str:
        return ""

    def _judged(self) -> str:
        return get_close_matches("a", ["b"])


def queue(name):
    return Queue(name=name)


declare = queue


def identify(item):
    return PATTERN.findall(item)


def _wrong(text):
    return _wrong(text[1:]) if len(text) > MOST else json.dumps(text)
'''
LEAN = b"""




import re


from ..model.names import resolve
from ..model.trigger import Trigger







PATTERN = re.compile("a")


class Queue(Trigger):


    kind = "queue"

    name: "Any"

    def key(self, handler):

        return resolve(self.name) + self._suffix()










    def _suffix(self):
        return ""





def queue(name):
    return Queue(name=name)


declare = queue


def identify(item):
    return PATTERN.findall(item)





"""


def strip_kind(source: bytes) -> bytes:
    """Strips the module of a kind beside the runtime that the package really has."""
    return strip_runtime({**RUNTIME, KIND: source}, {"queue"})[KIND]


def test_stripping_keeps_the_line_numbers_of_code_that_handles_events() -> None:
    assert strip_kind(SOURCE).decode() == f"{LEAN.decode().rstrip()}\n"


def strip_module(source: bytes) -> bytes:
    return strip_runtime({"domovoi_tf/__init__.py": source})["domovoi_tf/__init__.py"]


def test_function_annotations_are_stripped_anywhere_in_a_line() -> None:
    source = b"""def f(\xc3\xa4: dict[str, int] | None = {"a: b": 1}, *b: "c", d: int = 2, **e: int) -> dict:
    return {"->": d}  # -> x
"""
    assert (
        strip_module(source).decode()
        == """def f(ä={"a: b": 1}, *b, d=2, **e):
    return {"->": d}
"""
    )
    assert strip_module(b"async def f(a: int) -> int:\n    a\n") == b"async def f(a):\n    a\n"
    one = b"def f(a: int) -> int: return a\n"
    assert strip_module(one) == b"def f(a) -> int: return a\n"


def test_annotations_of_variables_are_stripped_but_those_of_fields_become_strings() -> None:
    source = b"""a: int = 1

class A:
    b: int = 2
    h: ClassVar[int] = 1
    i: ClassVar[int]

    def f(self):
        self.c: dict[str, int] = {"a: b": 1}
        d: int
        def g():
            \xc3\xa4: "x" = 3
        return d
"""
    stripped = """a=1

class A:
    b: "Any" = 2
    h=1
    i: "ClassVar"

    def f(self):
        self.c={"a: b": 1}
        d: int
        def g():
            ä=3
        return d
"""
    assert strip_module(source).decode() == stripped


def test_docstring_that_is_needed_becomes_an_empty_one() -> None:
    source = b'''"""A."""
class A:
    """B."""
    def f(self):
        """C.

        D.
        """
        return 1
    def g(self):
        """E."""
    def h(self): "F."; return 1
    def i(self):
        "G."; return 1
'''
    stripped = """
class A:

    def f(self):




        return 1
    def g(self):
        ""
    def h(self): ""; return 1
    def i(self):
        ""; return 1
"""
    assert strip_module(source).decode() == stripped


@pytest.mark.parametrize(
    "needs",
    [
        "def f(a: b |\n      c): pass",
        "def f() -> a: pass",
        "class A:\n    b: c[\n        d]",
        "class A:\n    b: 'c'",
    ],
)
def test_annotations_are_imported_from_the_future_only_for_those_that_remain(needs: str) -> None:
    head = '"""A."""\n\nfrom __future__ import annotations\n'
    assert (b"__future__" in strip_module(f"{head}{needs}\n".encode())) == (needs != "class A:\n    b: 'c'")
    assert strip_module(f"{head}def f(a: b) -> c: # d\n    pass\n".encode()) == b"\n\n\ndef f(a):\n    pass\n"


def test_constant_for_type_checkers_stays_only_if_something_reads_it() -> None:
    constant = b"TYPE_CHECKING = False\n"
    block = b"if TYPE_CHECKING:\n    a = 1\n"
    assert strip_module(constant + block + b"b = 1\n") == b"\n\n\nb = 1\n"
    read = b"if not TYPE_CHECKING:\n    a = 1\n"
    assert strip_module(constant + read) == constant + read


def test_imports_lose_the_names_that_are_not_reached_but_not_their_lines() -> None:
    source = HELPERS.replace(
        b"from ..model.trigger import Trigger\n",
        b"from ..model.trigger import (\n    Limit,\n    Trigger as Base,\n    spell,\n)\n",
    ).replace(b"(Trigger)", b"(Base)")
    files = strip_runtime({**RUNTIME, KIND: source}, {"queue"})
    lines = files[KIND].decode().split("\n")
    assert lines[2:8] == ["from ..model.trigger import Trigger as Base", "", "", "", "", ""]
    assert lines[8].startswith("class Queue(Base)")
    model = files["domovoi_tf/model/trigger.py"]
    assert b"class Trigger" in model
    assert b"class Limit" not in model
    assert b"def spell" not in model


@pytest.mark.parametrize("kind", list_kinds())
def test_cold_start_imports_only_the_runtime_and_modules_in_c(kind: str, tmp_path: Path) -> None:
    """Lambda's bootstrap imports json and logging, and with them re and functools, before the app."""
    write(shipped(kind), tmp_path)
    script = (
        "import importlib.util, json, logging, sys; sys.path[:0] = sys.argv[1:]; before = {*sys.modules}\n"
        "import app\n"
        "for name in sorted(sys.modules.keys() - before - {'app'}):\n"
        "    spec = importlib.util.find_spec(name)\n"
        "    if not name.startswith('domovoi_tf') and str(spec.origin).endswith('.py'): print(name)"
    )
    assert run(tmp_path, script, str(TRIGGERS / kind)) == ""


def test_comments_are_stripped_but_not_those_in_strings() -> None:
    source = b'a = 1  # one\n# two\nif a:\n    # three\n    b = """\n# four\n"""  # five\n'
    assert strip_module(source) == b'a = 1\n\nif a:\n\n    b = """\n# four\n"""\n'


def test_comment_behind_an_annotated_function_is_stripped() -> None:
    source = b"def f(a: int) -> int:  # type: ignore\n    return '\xc3\xa4'  # \xc3\xa4\n"
    assert strip_module(source) == b"def f(a):\n    return '\xc3\xa4'\n"


def test_runtime_contains_no_stubs() -> None:
    assert {Path(name).suffix for name in list_runtime_files()} == {".py"}


def test_runtime_for_schedules_and_topics_is_under_30_kb() -> None:
    """Each file is one to find and open at a cold start, and without bytecode one to compile."""
    files = list_runtime_files({"schedule", "sns"})
    assert sum(map(len, files.values())) < 30 * 1024
    assert len(files) <= 14


HELPERS = b"""
from __future__ import annotations
from ..model.trigger import Trigger

class Queue(Trigger):
    name: Any
    kind = "queue"

    def key(self, handler, environ=None):
        return self.summary() + names(self.name)

    def summary(self):
        return self.namespace

    def sample(self):
        return "a queue"

def names(event):
    sample = [event for event in event]
    return outputs(sample)

def outputs(sample):
    return "".join(sample)

def conflicts(keyed, functions):
    return grants()

def grants():
    return ()

def queue(name):
    return Queue(name=name)

declare = queue

def identify(item):
    return (item["queue"],)
"""


def test_helpers_used_at_run_time_stay_whatever_their_name() -> None:
    found = functions_in(strip_kind(HELPERS))
    assert found == {"key", "summary", "names", "outputs", "queue", "identify"}


@pytest.mark.parametrize("function", ["getattr", "hasattr"])
def test_attribute_that_is_read_by_its_name_stays(function: str) -> None:
    dynamic = HELPERS.replace(b"self.summary()", f'{function}(self, "summary")'.encode())
    other = HELPERS.replace(b"self.summary()", b'other(self, "summary")')
    assert "summary" in functions_in(strip_kind(dynamic))
    assert "summary" not in functions_in(strip_kind(other))


def test_a_local_variable_does_not_keep_a_function_of_its_name() -> None:
    source = HELPERS.replace(b"return outputs(sample)", b"outputs = sample; return outputs[0]")
    assert "outputs" not in functions_in(strip_kind(source))


def test_a_stripped_kind_with_such_helpers_runs(tmp_path: Path) -> None:
    files = strip_runtime({**RUNTIME, KIND: HELPERS}, {"queue"})
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from domovoi_tf.triggers import queue\n"
        "print(queue.declare('beers').key('serve'))"
    )
    assert run(write(files, tmp_path), script) == "beers\n"


def test_a_module_that_is_not_of_a_kind_keeps_its_functions() -> None:
    name = "domovoi_tf/runtime/more.py"
    files = {**RUNTIME, name: SOURCE, KIND: b"from ..runtime import more\nuse = more.use\n"}
    kept = strip_runtime(files | {"domovoi_tf/app.py": b"from .runtime import more\n"}, ())[name]
    assert b"_judged" in kept
    assert b"from typing" not in kept
    assert b"Returns the key" not in kept


def test_package_has_neither_the_model_of_an_app_nor_errors_that_lambda_never_raises() -> None:
    runtime = list_runtime_files({"sns"})
    assert "domovoi_tf/model/application.py" not in runtime
    errors = ast.parse(runtime["domovoi_tf/errors.py"])
    names = [node.name for node in errors.body if isinstance(node, ast.ClassDef)]
    assert names == ["DomovoiError", "DispatchError"]


def functions_in(source: bytes) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}


def write(files: dict[str, bytes], folder: Path) -> Path:
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source)
    return folder


def run(folder: Path, script: str, *arguments: str) -> str:
    """Runs a script in a process that has the shipped files and the standard library alone."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, str(folder), *arguments],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def shipped(kind: str) -> dict[str, bytes]:
    """The runtime in the package of the kind's own app."""
    return dict(list_runtime_files(find_package_kinds(loader.load(TRIGGERS / kind))))


@pytest.mark.parametrize("kind", list_kinds())
def test_no_kind_ships_code_that_only_rendering_calls(kind: str) -> None:
    found = {
        (name, function)
        for name, source in shipped(kind).items()
        if name.startswith("domovoi_tf/triggers/")
        for function in functions_in(source) & RENDERING
    }
    assert found == set()


@pytest.mark.parametrize("kind", list_kinds())
def test_no_kind_ships_modules_that_build_events(kind: str) -> None:
    builders = ("_shared/sample_envelope", "_shared/mail_event", "_patterns/samples", "_s3/samples")
    assert {f"domovoi_tf/triggers/{name}.py" for name in builders} & shipped(kind).keys() == set()


@pytest.mark.parametrize("kind", list_kinds())
def test_a_stripped_kind_handles_its_event(kind: str, tmp_path: Path) -> None:
    folder = TRIGGERS / kind
    script = (
        "import json, os, sys; sys.path.insert(0, sys.argv[1]); sys.path.insert(1, sys.argv[2]); import app\n"
        "os.environ.update(app.ENVIRONMENT); event = json.load(open(sys.argv[2] + '/event.json'))\n"
        "assert app.app(event, None) == app.expected(event); print(app.domovoi_tf.__file__)"
    )
    printed = run(write(shipped(kind), tmp_path), script, str(folder))
    assert printed.strip() == str(tmp_path / "domovoi_tf" / "__init__.py")


FAILING = """
import json, logging, sys
sys.path.insert(0, sys.argv[1])
logging.disable(logging.CRITICAL)
import domovoi_tf
app = domovoi_tf.Domovoi()

@app.sqs_queue_subscriber("a.fifo", per_record=True, max_receive_count=2)
def a(record, context):
    if record["bad"]:
        raise ValueError

@app.sqs_queue_subscriber("b.fifo", {POLICY}, per_record=True)
def b(record, context):
    a(record, context)

@app.kinesis_stream_handler("c", per_record=True, maximum_retry_attempts=2)
def c(record, context):
    a(record, context)

def message(number, queue, bad, count=1):
    attributes = {"MessageGroupId": "g", "ApproximateReceiveCount": str(count)}
    return {"messageId": number, "bad": bad, "attributes": attributes,
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:r:1:" + queue}
def record(number, bad):
    return {"kinesis": {"sequenceNumber": number}, "bad": bad,
            "eventSource": "aws:kinesis", "eventSourceARN": "arn:aws:kinesis:r:1:stream/c"}
def send(*records):
    try:
        failures = app({"Records": list(records)}, None)["batchItemFailures"]
    except ValueError:
        return "raised"
    return "".join(each["itemIdentifier"] for each in failures)
print(
    send(message("1", "a.fifo", True), message("2", "a.fifo", False)),
    send(message("1", "a.fifo", True, 2), message("2", "a.fifo", False, 2)),
    send(message("1", "b.fifo", True, 2), message("2", "b.fifo", False, 2)),
    send(record("1", False), record("2", True), record("3", False)),
    send(record("1", True), record("2", False)),
)
""".replace("{POLICY}", 'queue_attributes={"RedrivePolicy": \'{"maxReceiveCount": 2}\'}')


def test_stripped_code_of_batches_reports_failed_records(tmp_path: Path) -> None:
    files = dict(list_runtime_files({"sqs", "kinesis"}))
    assert run(write(files, tmp_path), FAILING).split() == ["12", "1", "1", "23", "raised"]


def test_only_apps_with_shared_names_ship_the_module_that_tells_handlers_apart() -> None:
    assert HANDLER_NAMES in list_runtime_files()
    assert HANDLER_NAMES in list_runtime_files({"schedule", HANDLER_NAMES})
    alone = list_runtime_files({"schedule", "sns"})
    assert HANDLER_NAMES not in alone
    assert not any(b"def spell_source" in source for source in alone.values())


def load_runtime(folder: Path, source: str) -> dict[str, bytes]:
    """Returns the runtime in the package of an app, whose source is written into a folder."""
    (folder / ".chalice").mkdir(parents=True)
    (folder / "app.py").write_text(source)
    return dict(list_runtime_files(find_package_kinds(loader.load(folder))))


APP = """
from domovoi_tf import Domovoi
app = Domovoi()

@app.lambda_function()
def work(event, context):
    return event
"""
ADD = """
@app.middleware()
def add(event, get_response, context):
    return [1, get_response(event)]
"""
ADD_ASYNC = """
@app.middleware("direct")
async def add_async(event, get_response):
    return [2, await get_response(event)]
"""


@pytest.mark.parametrize(
    ("more", "result"),
    [
        (ADD, "[1, 0]"),
        (ADD + ADD_ASYNC + ADD, "[1, [2, [1, 0]]]"),
        ("from domovoi_tf import ConvertToMiddleware\n", "0"),
        (
            "from domovoi_tf import ConvertToMiddleware as Convert\n"
            "app.register_middleware(Convert(lambda handler: lambda event, _: [3, handler(event, _)]))\n",
            "[3, 0]",
        ),
    ],
)
def test_app_with_middleware_ships_what_calls_it(more: str, result: str, tmp_path: Path) -> None:
    files = load_runtime(tmp_path / "project", APP + more)
    assert {MIDDLEWARE, CALLS} <= files.keys()
    script = "import sys; sys.path[:0] = sys.argv[1:]; import app; print(app.app(0, None))"
    printed = run(write(files, tmp_path / "task"), script, str(tmp_path / "project"))
    assert printed == f"{result}\n"


def test_app_without_middleware_ships_nothing_of_it(tmp_path: Path) -> None:
    assert {MIDDLEWARE, CALLS} & load_runtime(tmp_path, APP).keys() == set()


def test_packaged_types_have_the_annotations_that_libraries_read(tmp_path: Path) -> None:
    script = (
        "import sys, typing\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import domovoi_tf.types as types\n"
        "print(typing.get_type_hints(types.SQSRecord)['body'], typing.get_type_hints(types.Context))\n"
        "print(*(len(typing.get_type_hints(getattr(types, name))) > 0 for name in types.__all__))"
    )
    packaged = run(write(dict(list_runtime_files({"sqs", TYPES})), tmp_path), script)
    assert packaged == run(PACKAGE.parent, script)
    assert packaged.startswith("<class 'str'>")
