"""Fixtures of the fast tests."""

from __future__ import annotations

from fake_aws import aws

__all__ = ["aws"]
