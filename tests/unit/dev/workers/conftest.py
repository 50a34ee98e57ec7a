"""An app whose handler does what the event says, and functions that have it run by real child processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from domovoi_tf.dev.workers.requests import FunctionContext, Request

T = TypeVar("T")

APP = """
import logging, os, sys, time
import domovoi_tf

app = domovoi_tf.Domovoi()
VERSION = "one"


@app.lambda_function()
def work(event, context):
    return eval(event["code"], globals(), {"context": context})


def sleep(seconds):
    time.sleep(seconds)
    return "slept"


def fail(message):
    raise ValueError(message)
"""

FUNCTION = FunctionContext(
    name="shop-dev",
    arn="arn:aws:lambda:us-east-1:000000000000:function:shop-dev",
    version="$LATEST",
    timeout=20,
    memory_size=512,
    logging={},
    variables={"DOMOVOI_TF_NAME": "shop-dev", "COLOUR": "green"},
    aws={"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "of the role"},
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose handler evaluates the event's code."""
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def make_request(code: str, request_id: str = "r-1", **changes: Any) -> Request:
    """Returns a request whose event has some code; keywords change the function."""
    return Request(request_id, {"code": code}, replace(FUNCTION, **changes))


def run(function: Callable[[], Awaitable[T]]) -> T:
    """Runs a coroutine function to its end."""

    async def call() -> T:
        return await function()

    return asyncio.run(call())


PYTHON = sys.executable
