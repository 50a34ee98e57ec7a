"""Explains wrong imports, and syntax errors."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from pathlib import Path

import domovoi_tf

#: The modules of the tools whose place domovoi-tf takes.
REPLACED = {
    "domovoi": "domovoi-tf has the decorators of Domovoi",
    "chalice": "domovoi-tf takes the place of Chalice",
}
_MISSING_NAME = re.compile(r"cannot import name '(\w+)' from 'domovoi_tf'")
_HYPHEN = re.compile(r"\s*(?:import|from)\s+domovoi-tf\b")
#: Syntax by the first Python that has it, at the beginning of a line.
_NEWER_SYNTAX = (
    ((3, 11), re.compile(r"except\s*\*")),
    ((3, 12), re.compile(r"type\s+\w+\s*[\[=]|(?:async\s+def|def|class)\s+\w+\s*\[")),
    ((3, 14), re.compile(r"except\s+[\w.]+\s*,\s*[\w.]+")),
)
#: The longest line of source in a message.
_MAX_LINE = 100


def is_replaced(name: str, project: Path) -> bool:
    """Returns whether a module is one whose place domovoi-tf takes, and not a dependency of the project."""
    package = name.partition(".")[0]
    requirements = project / "requirements.txt"
    is_dependency = requirements.is_file() and package in requirements.read_text(errors="replace").lower()
    return package in REPLACED and not (package == "chalice" and is_dependency)


def explain_import(error: BaseException, project: Path) -> tuple[str, str] | None:
    """Explains a module or a name that cannot be imported.

    Args:
        error: the exception that the import raised.
        project: the project's folder.
    """
    if not isinstance(error, ImportError):
        return None
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name and is_replaced(error.name, project):
        package = error.name.partition(".")[0]
        return (
            f"there is no module {package}",
            f"Write from domovoi_tf import Domovoi, and app = Domovoi(): {REPLACED[package]}.",
        )
    if match := _MISSING_NAME.match(str(error)):
        known = {each.lower(): each for each in domovoi_tf.__all__}
        near = [known[each] for each in get_close_matches(match[1].lower(), known, 1)]
        near = near or (["Domovoi"] if match[1] in ("Chalice", "App", "app") else [])
        hint = f"Did you mean {near[0]}? " if near else ""
        return f"domovoi_tf has no {match[1]}", f"{hint}It has {', '.join(domovoi_tf.__all__)}."
    if error.name == "app":
        return message, (
            "Modules that write from app import app need the app to exist when they are imported: "
            "move app = Domovoi() above the lines that import them."
        )
    if error.name == "__main__":
        return message, "The app's module is named app, here and in Lambda: write from app import app."
    return None


def explain_syntax(error: BaseException) -> tuple[str, str] | None:
    """Explains a syntax error by its line."""
    if not isinstance(error, SyntaxError):
        return None
    line = (error.text or "").strip()
    message = f"{type(error).__name__}: {error.msg}"
    if _HYPHEN.match(line):
        return message, "Write domovoi_tf, with an underscore: the names of modules have no hyphens."
    shown = line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}..."
    if needed := _find_needed_python(line, error.msg):
        return message, (
            f"Python {needed[0]}.{needed[1]} and newer have this syntax, but Python {sys.version_info[0]}."
            f"{sys.version_info[1]} imports the app: name another with --python or in DOMOVOI_TF_PYTHON, or "
            f"write the line differently: {shown}"
        )
    return message, f"Correct the line: {shown}" if shown else "Correct the code there."


def _find_needed_python(line: str, message: str) -> tuple[int, int] | None:
    """Returns the first Python whose syntax a line seems to use, if it is newer than this one."""
    needed = next((version for version, syntax in _NEWER_SYNTAX if syntax.match(line)), None)
    if message.startswith("f-string"):
        needed = needed or (3, 12)
    return needed if needed and needed > sys.version_info[:2] else None
