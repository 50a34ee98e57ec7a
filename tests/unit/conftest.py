"""Fixtures of the fast tests."""

from __future__ import annotations

from fake_aws import aws
from fake_terraform import terraform

__all__ = ["aws", "terraform"]
