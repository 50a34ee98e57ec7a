"""Names that Terraform supplies: known when the app is deployed, and inside the function."""

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


class Variable(Frozen):
    """A name, an ARN or another text that whoever calls the app's module passes in."""

    name: str
    sensitive: bool = False

    def __str__(self) -> str:
        return resolve(self)

    def __repr__(self) -> str:
        # The priorities of listener rules are computed from this text: it stays what it is.
        return f"Variable(name={self.name!r}{', sensitive=True' if self.sensitive else ''})"


class Scoped(Frozen):
    """A name that begins with the app's name and stage."""

    name: str

    def __str__(self) -> str:
        return resolve(self)


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Name = str | Variable | Scoped


def variable(name: str, *, sensitive: bool = False) -> Variable:
    """Stands for an input variable of the app's Terraform module, wherever a decorator takes a name or ARN.

    Inside a handler ``str()`` of it is the value that was passed to Terraform.

    Args:
        name: a Terraform identifier in lower case, such as ``orders_topic_arn``.
        sensitive: whether Terraform hides the value. No decorator takes such a one, for names and ARNs are
            no secrets: ``app.variable`` declares it for handlers.

    Raises:
        ValueError: the name is not such an identifier.

    https://developer.hashicorp.com/terraform/language/values/variables
    """
    if not (isinstance(name, str) and name.isascii() and name.isidentifier() and name == name.lower()):
        raise ValueError(f"variable({name!r}): expected a lower-case identifier such as 'orders_topic_arn'")
    return Variable(name=name, sensitive=bool(sensitive))


def scoped(name: str) -> Scoped:
    """Stands for ``<app>-<stage>-<name>``, so that stages and apps never share it by accident.

    Inside a handler ``str()`` of it is the whole name.

    Args:
        name: the part of the name that is the same in every stage.
    """
    return Scoped(name=name)


def _in_a_test(name: Variable | Scoped) -> str:
    if isinstance(name, Variable):
        return f"give it to Client(app, variables={{{name.name!r}: ...}}) of domovoi_tf.testing"
    return "call the handler by domovoi_tf.testing.Client"


def resolve(name: Name, environ: Mapping[str, str] | None = None) -> str:
    """Returns the name as AWS knows it.

    Args:
        name: a literal name, :func:`variable` or :func:`scoped`.
        environ: the function's environment; that of this process by default.

    Raises:
        DomovoiError: the environment lacks the value, as it does outside a deployed function.
    """
    environ = os.environ if environ is None else environ
    if isinstance(name, str):
        return name
    key = NAME_KEY if isinstance(name, Scoped) else VARIABLE_KEY + name.name
    if key not in environ:
        raise DomovoiError(
            f"{key} is not in the environment, so {name!r} has no value here.",
            f"Terraform sets it in the deployed function. In a test, {_in_a_test(name)}.",
        )
    return f"{environ[key]}-{name.name}" if isinstance(name, Scoped) else environ[key]
