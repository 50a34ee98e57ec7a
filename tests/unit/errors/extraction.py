"""Finds the texts of all errors, problems and warnings in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from .evaluation import Evaluator
from .frames import ORIGIN, Frame, Items, World
from .sources import Code, FunctionNode, Module, get_name
from .texts import Hole, Text

#: The base of the errors.
BASE = "DomovoiError"
MAX_RESULTS = 3000
_READING = "domovoi_tf.system.reading"


class Sink(NamedTuple):
    """A class or function that takes the texts of an error, a problem or a warning.

    Args:
        kind: ``error``, ``problem``, ``explanation``, ``finding``, ``usage`` or ``warning``.
        message: the position and the name of the message.
        remedy: those of the remedy; None if the message contains it.
        has_items: whether it takes several messages.
    """

    kind: str
    message: tuple[int, str]
    remedy: tuple[int, str] | None = None
    has_items: bool = False


ERROR = Sink("error", (0, "message"), (1, "remedy"))
PROBLEM = Sink("problem", (1, "message"), (2, "remedy"))
MISTAKE = Sink("mistake", (0, "message"))
USAGE = Sink("usage", (0, "message"))
#: The other classes and functions that take texts, by module and name.
SINKS = {
    ("domovoi_tf.errors", "Problem"): PROBLEM,
    ("domovoi_tf.errors", "join_problems"): Sink("error", (1, "problems"), (2, "remedy"), has_items=True),
    ("domovoi_tf.dev.workers.requests", "Problem"): PROBLEM,
    ("domovoi_tf.model.declarations", "Fault"): PROBLEM,
    ("domovoi_tf.model.declarations", "Notice"): Sink("warning", (1, "message")),
    ("domovoi_tf.settings.policy.grammar", "Finding"): Sink("error", (1, "message")),
    ("domovoi_tf.failures.explanation", "Explanation"): Sink("explanation", (0, "message"), (1, "remedy")),
    ("domovoi_tf.doctor.project", "Finding"): Sink("finding", (2, "says"), (3, "remedy")),
    ("domovoi_tf.cli.output", "print_warning"): Sink("warning", (0, "text")),
    ("domovoi_tf.system.reading.json_mistakes", "TextMistakeError"): Sink(
        "mistake", (2, "message"), (3, "remedy")
    ),
    (f"{_READING}.folder_walk", "LinkError"): Sink("error", (1, "reason"), (2, "remedy")),
    ("click", "UsageError"): USAGE,
    ("click", "BadParameter"): USAGE,
    ("click", "ClickException"): USAGE,
}


class Found(NamedTuple):
    """A message in the code.

    Args:
        path: the file in which it is written.
        line: its line.
        kind: the kind of its sink.
        message: the message.
        remedy: the remedy; empty if it has none.
        sink: the file and the function that make an object of it.
    """

    path: str
    line: int
    kind: str
    message: Text
    remedy: Text
    sink: tuple[str, str]


class Extractor:
    """Finds the texts in the code.

    Args:
        code: all modules.
    """

    def __init__(self, code: Code) -> None:
        self.code = code
        self.errors = _list_errors(code)
        names = {name for (_, name), sink in SINKS.items() if not sink.has_items and sink.remedy}
        self.evaluator = Evaluator(code, frozenset({*names, *self.errors}))

    def extract(self) -> Iterator[Found]:
        """Yields all messages."""
        for module in self.code.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call) and (sink := self._find_sink(module, node)):
                    for path, line, message, remedy in dict.fromkeys(self._extract_call(module, node, sink)):
                        function = module.find_function(node)
                        place = (module.path, function.name if function else "")
                        yield Found(path, line, sink.kind, message, remedy, place)

    def _find_sink(self, module: Module, node: ast.Call) -> Sink | None:
        name = get_name(node.func)
        if name in ("ValueError", "_PlacedError") and module.name.startswith(
            "domovoi_tf.loading.definitions"
        ):
            return MISTAKE if name == "ValueError" else MISTAKE._replace(message=(1, "message"))
        if name == "__init__":
            owner = module.find_class(node)
            is_own = owner and owner.name != BASE and self.errors.get(owner.name, ERROR) is None
            return ERROR if is_own else None
        if name == "error_type":  # a parameter with the class of the error
            return ERROR
        if name in self.errors:
            return self.errors[name]
        if not any(name == known for _, known in SINKS):
            return None
        if (sink := SINKS.get(("click", name))) and get_name(getattr(node.func, "value", node)) == "click":
            return sink
        for located, definition in self.code.find_called(module, node.func):
            if sink := SINKS.get((located.name, getattr(definition, "name", ""))):
                return sink
        return None

    def _extract_call(
        self, module: Module, node: ast.Call, sink: Sink
    ) -> Iterator[tuple[str, int, Text, Text]]:
        frame, world = self.evaluator.make_frame(module, node)
        here = (module.path, node.lineno)
        if sink.kind == "finding" and isinstance(node.args[1], ast.Constant) and node.args[1].value == "ok":
            return
        for message, remedy, known in islice(self._evaluate_call(node, sink, frame, world), MAX_RESULTS):
            if message:
                yield *known.get(ORIGIN, here), message, remedy

    def _evaluate_call(
        self, node: ast.Call, sink: Sink, frame: Frame, world: World
    ) -> Iterator[tuple[Text, Text, World]]:
        evaluate = self.evaluator.evaluate_text
        last = node.args[-1] if node.args else None
        if isinstance(last, ast.Starred):
            first = sink.message[0] - len(node.args) + 1
            for value, known in self.evaluator.evaluate(last.value, frame, world):
                if not isinstance(value, Items) or len(value.items) < first + 2:
                    yield (Hole("message"),), (Hole("remedy"),), known
                    continue
                for message, changed in evaluate(*value.items[first], known):
                    for remedy, _ in evaluate(*value.items[first + 1], changed):
                        yield message, remedy, changed
            return
        given = _get_argument(node, sink.message)
        advice = _get_argument(node, sink.remedy) or ast.Constant("")
        if given is None:
            return
        results: Iterable[tuple[Text, World]] = evaluate(given, frame, world)
        if sink.has_items:
            items = self.evaluator.evaluate_items(given, frame, world)
            results = ((value, known) for value, known in items if type(value) is tuple)
        for message, known in results:
            for remedy, _ in evaluate(advice, frame, known):
                yield message, remedy, known


def _get_argument(node: ast.Call, place: tuple[int, str] | None) -> ast.expr | None:
    if place is None:
        return None
    position, name = place
    named = [keyword.value for keyword in node.keywords if keyword.arg == name]
    return named[0] if named else node.args[position] if position < len(node.args) else None


def _list_errors(code: Code) -> dict[str, Sink | None]:
    """Returns the classes of errors, each with the positions of its texts; None if it makes them itself."""
    names, size = {BASE}, 0
    while size < len(names):
        size = len(names)
        names |= {
            name
            for module in code.modules.values()
            for name, node in module.classes.items()
            if any(get_name(base) in names for base in node.bases)
        }
    return {name: _find_positions(code, name) for name in names}


def _find_positions(code: Code, name: str) -> Sink | None:
    [located] = code.classes[name]
    assert isinstance(located.node, ast.ClassDef)
    own = [each for each in located.node.body if isinstance(each, FunctionNode) and each.name == "__init__"]
    if not own:
        base = next((get_name(each) for each in located.node.bases if get_name(each) in code.classes), BASE)
        return _find_positions(code, base)
    names = [each.arg for each in own[0].args.args[1:]]
    if "message" not in names:
        return None
    return Sink("error", (names.index("message"), "message"), (names.index("remedy"), "remedy"))
