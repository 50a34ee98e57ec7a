"""Decorate plain Python functions and deploy them as AWS Lambda functions with Terraform."""

from __future__ import annotations

from .app import Domovoi
from .errors import DispatchError, DomovoiError
from .model.names import scoped, variable

__all__ = ["DispatchError", "Domovoi", "DomovoiError", "scoped", "variable"]
__version__ = "0.1.0"
