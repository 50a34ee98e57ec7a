"""Writes domovoi_tf/types/decorators.pyi, the decorators of ``Domovoi`` for editors and type checkers.

A descriptor that imports the module of a kind when it is needed shows them neither arguments nor help. The
methods here have those of the kinds' ``declare``.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from inspect import Parameter
from pathlib import Path
from textwrap import indent
from typing import Any

import domovoi_tf
from domovoi_tf import Domovoi
from domovoi_tf.app import EventSource
from domovoi_tf.triggers.event import FIELDS

STUB = Path(domovoi_tf.__file__).parent / "types" / "decorators.pyi"
_HEADER = '''\
"""The decorators of `Domovoi`, as editors and type checkers see them.

`make golden` writes this file: each method has the arguments and the help of the function `declare` in the
module of its kind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from ..model.asl import Definition
from ..model.names import Name, Scoped, Variable
from ..runtime.executions import Executions

#: A handler takes the event and the context, or the event alone. It may be a coroutine function.
Handler = TypeVar("Handler", bound=Callable[[Any, Any], Any] | Callable[[Any], Any])
#: Lists of strings. A string is a sequence of strings too, but never what is meant.
Strings: TypeAlias = list[str] | tuple[str, ...]
#: The values that a field of an event pattern accepts.
Values: TypeAlias = list[Any] | tuple[Any, ...]


class Decorators:
    """The decorators of handlers."""
'''
_TYPES = {"Sequence[str]": "Strings"}


def render_stub() -> str:
    """Returns the formatted text of the stub."""
    decorators = [name for name, value in vars(Domovoi).items() if isinstance(value, EventSource)]
    text = "".join([_HEADER, *(_render_method(name, getattr(Domovoi, name)) for name in decorators)])
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(STUB), "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout


def _render_method(name: str, declare: Callable[..., Any]) -> str:
    parameters = ", ".join(_render_parameters(declare))
    help_text = indent(f'"""{inspect.getdoc(declare)}\n"""', " " * 8)
    return f"\n    def {name}(self, {parameters}) -> Callable[[Handler], Handler]:\n{help_text}\n"


def _render_parameters(declare: Callable[..., Any]) -> Iterator[str]:
    keyword_only = False
    for parameter in inspect.signature(declare).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            yield from _render_fields(parameter.name)
            continue
        if parameter.kind is Parameter.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            yield "*"
        yield _render_parameter(parameter)


def _render_parameter(parameter: Parameter) -> str:
    annotation = " | ".join(_TYPES.get(each, each) for each in _split(parameter.annotation))
    default = "" if parameter.default is Parameter.empty else f" = {parameter.default!r}"
    return f"{parameter.name}: {annotation}{default}"


def _split(annotation: str) -> list[str]:
    optional = " | None"
    if annotation.endswith(optional):
        return [annotation.removesuffix(optional), "None"]
    return [annotation]


def _render_fields(name: str) -> Iterator[str]:
    """Yields the fields of an event pattern one by one, so that a wrong name is an error."""
    assert name == "event_pattern", f"list the arguments that **{name} stands for here"
    yield from (f"{each}: {'Mapping[str, Any]' if each == 'detail' else 'Values'} = ..." for each in FIELDS)
