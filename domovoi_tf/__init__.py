"""Decorate plain Python functions and deploy them as AWS Lambda functions with Terraform."""

from __future__ import annotations

from .app import Domovoi
from .errors import DispatchError, DomovoiError
from .model.names import scoped, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .runtime.middleware import ConvertToMiddleware

__all__ = ["ConvertToMiddleware", "DispatchError", "Domovoi", "DomovoiError", "scoped", "variable"]
__version__ = "0.2.0"


def __getattr__(name: str) -> object:
    if name != "ConvertToMiddleware":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Not at the top: the packages of apps without middleware do not contain the module.
    return getattr(__import__(f"{__name__}.runtime.middleware", fromlist=[name]), name)
