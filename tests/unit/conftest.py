"""Fixtures of the fast tests."""

from __future__ import annotations

from fake_aws import aws
from fake_terraform import terraform
from silent_endpoint import silent_endpoint

__all__ = ["aws", "silent_endpoint", "terraform"]
