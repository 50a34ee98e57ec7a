"""The references in the configuration of a plan."""

from __future__ import annotations

from typing import Any

from domovoi_tf.plans.callers.configuration import Configuration, Target

_MODULES = 30


def test_outputs_that_refer_to_each_other_many_times_are_followed_once() -> None:
    """Each of the modules has two outputs of both outputs of the one before: 2**30 ways lead to the queue."""
    calls: dict[str, Any] = {}
    for number in range(_MODULES):
        before = (
            [f"module.m{number - 1}.{output}" for output in "ab"] if number else ["aws_sqs_queue.jobs.arn"]
        )
        variable = {"expression": {"references": ["var.before"]}}
        calls[f"m{number}"] = {
            "expressions": {"before": {"references": before}},
            "module": {"outputs": {"a": variable, "b": variable}},
        }
    configuration = Configuration({"configuration": {"root_module": {"module_calls": calls}}})
    resource = {"type": "aws_x", "name": "x"}
    last = {"references": [f"module.m{_MODULES - 1}.a"]}
    assert configuration.trace(resource, last) == [Target("aws_sqs_queue.jobs", "aws_sqs_queue", "arn")]
