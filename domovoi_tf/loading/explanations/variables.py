"""Explains environment variables that are missing, and calls of AWS, while an app is imported."""

from __future__ import annotations

import ast
import os
import re
import traceback
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from domovoi_tf.errors import DomovoiError
from domovoi_tf.loading.environment import CREDENTIALS_MARK, is_credential, is_reserved, is_secret_name

_IMPORTED = "The app is imported with the stage's variables, and not with those of the shell."
_NO_DEFAULT = "variable() got an unexpected keyword argument 'default'"
_NO_VALUE = re.compile(r"((?:variable|scoped)\('.*'\)) has no value: ")
_GETENV = re.compile(r"""(?:\bgetenv|\benviron\.get)\(\s*['"](\w+)['"]\s*\)""")
#: https://github.com/boto/botocore/blob/develop/botocore/exceptions.py
_BOTOCORE = "botocore.exceptions"
_CREDENTIAL_ERRORS = {
    "CredentialRetrievalError",
    "NoAuthTokenError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "SSOError",
    "TokenRetrievalError",
}
_CREDENTIALS_REMEDY = {
    False: "domovoi-tf withholds AWS credentials while it imports the app, so that the Terraform does not "
    "depend on an account. Call AWS in the handler, or in a function that it calls.\n"
    "Or import the app with the credentials of your shell: --with-credentials, or "
    "DOMOVOI_TF_WITH_CREDENTIALS=1.",
    True: "The app was imported with the credentials of your shell. `aws sts get-caller-identity` shows "
    "whether they are valid.",
}


def explain_credentials(error: BaseException, message: str) -> tuple[str, str] | None:
    """Explains a call of AWS without credentials.

    Args:
        error: the exception that the import raised.
        message: its description.
    """
    if not _lacks_credentials(error):
        return None
    return message, _CREDENTIALS_REMEDY[CREDENTIALS_MARK in os.environ]


def explain_variable(error: BaseException, file: str, line: int, message: str) -> tuple[str, str] | None:
    """Explains the absence of an environment variable, and of others that the module reads as it does.

    Args:
        error: the exception that the import raised.
        file: the path of the module where it was raised.
        line: the line there.
        message: the description of the exception.
    """
    name = _find_missing_variable(error)
    if name:
        others = [each for each in _list_variables(file) if each not in os.environ and _is_plain(each)]
        names = list(dict.fromkeys([name, *others])) if _is_plain(name) else [name]
        is_are = f" {name} is" if len(names) == 1 else f"s {', '.join(names[:-1])} and {names[-1]} are"
        return f"the environment variable{is_are} not set", _suggest(names)
    if isinstance(error, (TypeError, AttributeError)) and "None" in str(error):
        unset = [each for each in _GETENV.findall(_read_line(file, line)) if each not in os.environ]
        if unset:
            return f"{message}, because the environment variable {unset[0]} is not set", _suggest(unset[:1])
    return None


def explain_input(error: BaseException) -> tuple[str, str] | None:
    """Explains a name that Terraform supplies and the import reads, or a default in the wrong place."""
    if isinstance(error, TypeError) and str(error) == _NO_DEFAULT:
        return (
            "variable has no argument default",
            'Declare the default with app.variable("...", default="..."), and pass the return value to the '
            "decorators.",
        )
    match = _NO_VALUE.match(str(error)) if isinstance(error, DomovoiError) else None
    if match is None:
        return None
    even = ", even with a default" if match[1].startswith("variable") else ""
    return (
        f"{match[1]} has no value while the app is imported{even}: it can differ by stage",
        "Write str() of it in the handler, or in a function that it calls. Decorators take it without str().",
    )


def _is_plain(name: str) -> bool:
    """Returns whether the configuration is the place for a variable."""
    return not (is_credential(name) or is_reserved(name) or is_secret_name(name))


def _suggest(names: list[str]) -> str:
    """Returns what to do about environment variables that are not set."""
    name = names[0]
    if is_credential(name):
        return _CREDENTIALS_REMEDY[CREDENTIALS_MARK in os.environ]
    if is_reserved(name):
        return f'It is set only in Lambda. Read it in the handler, or with os.environ.get("{name}").'
    if is_secret_name(name):
        return (
            f"{_IMPORTED} If it is "
            f'secret, declare it with app.variable("{name.lower()}", sensitive=True), and write str() of the '
            "result in the handler. Or read it from Secrets Manager there."
        )
    entries = ", ".join(f'"{each}": "..."' for each in names)
    near = get_close_matches(name, [each for each in os.environ if _is_plain(each)], 1, 0.8)
    hint = f"Did you mean {near[0]}, which is set? " if near else ""
    it = "it" if len(names) == 1 else "them"
    return (
        f"{hint}{_IMPORTED} Set {it} in .chalice/config.json, for all stages or below one of them: "
        f'"environment_variables": {{{entries}}}. Or read {it} in the handler.\n'
        f'If Terraform has the value, such as the name of a table, declare app.variable("{name.lower()}").'
    )


def _find_missing_variable(error: BaseException) -> str:
    """Returns the name of the environment variable whose absence raised an error, or an empty string."""
    frames = traceback.extract_tb(error.__traceback__)
    is_from_os = bool(frames) and frames[-1].filename in (os.__file__, "<frozen os>")
    name = error.args[0] if is_from_os and isinstance(error, KeyError) and error.args else ""
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else ""


def _list_variables(file: str) -> Iterator[str]:
    """Yields the environment variables that a module reads by ``os.environ[...]`` when it is imported."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Lambda):
            continue
        children = list(ast.iter_child_nodes(node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            children = [*node.decorator_list, node.args]
        pending = [*children, *pending]
        if isinstance(node, ast.Subscript) and _is_environ(node.value):
            name = getattr(node.slice, "value", None)
            if isinstance(name, str) and isinstance(node.ctx, ast.Load):
                yield name


def _is_environ(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) == "environ"


def _read_line(file: str, line: int) -> str:
    try:
        return Path(file).read_text(errors="replace").splitlines()[line - 1]
    except (OSError, IndexError):
        return ""


def _lacks_credentials(error: BaseException | None) -> bool:
    """Returns whether an AWS SDK raised an error, or its cause, because it has no credentials."""
    while error is not None:
        names = {each.__name__ for each in type(error).__mro__ if each.__module__ == _BOTOCORE}
        if names & _CREDENTIAL_ERRORS:
            return True
        error = error.__cause__ or error.__context__
    return False
