"""Names whose values Terraform supplies: they are known once the app is deployed, inside its functions."""

from __future__ import annotations

import os

from ..errors import DomovoiError
from .record import Frozen

NAME_KEY = "DOMOVOI_TF_NAME"
FUNCTION_KEY = "DOMOVOI_TF_FUNCTION"
#: Lambda's own, https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
LOG_KEY = "AWS_LAMBDA_LOG_STREAM_NAME"
DEFAULT_FUNCTION = "default"
#: The name of the state machine declared without one. On AWS it has the name of the default function.
DEFAULT_MACHINE = "default"
VARIABLE_KEY = "DOMOVOI_TF_VAR_"
#: The input variable that has the name of the stage, in apps with names of a form of their own.
STAGE_VARIABLE = "stage"
STAGE_KEY = VARIABLE_KEY + STAGE_VARIABLE


class Variable(Frozen):
    """An input variable of the app's Terraform module: a name, an ARN or another string."""

    name: str
    sensitive: bool = False

    def __str__(self) -> str:
        return resolve(self)

    def __repr__(self) -> str:
        # The priorities of listener rules are hashes of this string: changing it replaces deployed rules.
        return f"Variable(name={self.name!r}{', sensitive=True' if self.sensitive else ''})"


class Scoped(Frozen):
    """A name that begins with the names of the app and the stage, or has another ``form`` with the stage."""

    name: str
    form: str = ""

    def __str__(self) -> str:
        return resolve(self)

    def __repr__(self) -> str:
        # As of a variable: the priorities of listener rules depend on it.
        return f"Scoped(name={self.name!r}{f', form={self.form!r}' if self.form else ''})"

    def fill(self, stage: str) -> str:
        """Returns the name in a form of its own."""
        return self.form.replace("{stage}", stage).replace("{name}", self.name)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Name = str | Variable | Scoped


def variable(name: str, *, sensitive: bool = False) -> Variable:
    """Refers to an input variable of the app's Terraform module, wherever a decorator takes a name or an ARN.

    Inside a handler, ``str()`` returns the value that was passed to Terraform.

    Args:
        name: the variable's name: lower-case letters and digits, with single underscores between them, such
            as ``orders_topic_arn``.
        sensitive: whether Terraform hides the value in its output. Decorators reject sensitive variables,
            because names and ARNs are not secrets; declare those for handlers with ``app.variable``, which
            also takes a default.

    Raises:
        ValueError: the name has another form, or begins with a digit.

    https://developer.hashicorp.com/terraform/language/values/variables
    """
    is_word = isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.lower()
    if not is_word or "__" in f"_{name}_":
        raise ValueError(
            f"variable({name!r}): use lower-case letters and digits, with single _ between, "
            "as in 'orders_topic_arn'"
        )
    return Variable(name=name, sensitive=sensitive)


def scoped(name: str, *, form: str = "") -> Scoped:
    """Refers to the name ``<app>-<stage>-<name>``, which no two stages or apps share by accident.

    Inside a handler, ``str()`` returns the full name.

    Args:
        name: the part of the name that is the same in every stage.
        form: another form of the name, with ``{name}`` and ``{stage}``, such as ``{name}-{stage}``.

    Raises:
        ValueError: the form does not have both fields exactly once, or has other braces.
    """
    fields = sorted(part.partition("}")[0] for part in str(form).split("{")[1:])
    if form and not (fields == ["name", "stage"] and form.count("}") == 2):
        raise ValueError(
            f"scoped({name!r}, form={form!r}): use {{name}} and {{stage}} once each, as in "
            "'{name}-{stage}'"
        )
    return Scoped(name=name, form=form)


def make_key(name: Name) -> str:
    """Returns the part of a name that is the same in every stage.

    A form of its own has the word ``stage`` in it, which tells it from the same name without a form.
    """
    own = getattr(name, "name", name)
    return name.fill("stage") if isinstance(name, Scoped) and name.form and isinstance(own, str) else str(own)


def _suggest_client(name: Variable | Scoped) -> str:
    if isinstance(name, Variable):
        return f"pass it to domovoi_tf.testing.Client(app, variables={{{name.name!r}: ...}})"
    return "call the handler through domovoi_tf.testing.Client"


def resolve(name: Name, environ: Mapping[str, str] | None = None) -> str:
    """Returns the name of a resource on AWS.

    Args:
        name: a literal name, :func:`variable` or :func:`scoped`.
        environ: the function's environment; by default that of this process.

    Raises:
        DomovoiError: the environment does not have the value, which Terraform sets in deployed functions.
    """
    environ = os.environ if environ is None else environ
    if isinstance(name, str):
        return name
    scoped_key = STAGE_KEY if getattr(name, "form", "") else NAME_KEY
    key = VARIABLE_KEY + name.name if isinstance(name, Variable) else scoped_key
    if key not in environ:
        when = " if a decorator has a name with form=" if key == STAGE_KEY else ""
        raise DomovoiError(
            f"{type(name).__name__.lower()}({name.name!r}) has no value: {key} is not in the environment.",
            f"Terraform sets it in deployed functions{when}. In a test, {_suggest_client(name)}.",
        )
    if isinstance(name, Variable):
        return environ[key]
    return name.fill(environ[key]) if name.form else f"{environ[key]}-{name.name}"
