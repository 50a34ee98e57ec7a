"""Finds state machines with tasks that wait for a callback from a handler."""

from __future__ import annotations

from domovoi_tf.model.asl import walk_states
from domovoi_tf.model.declarations import StateMachine

_CALLBACK_SUFFIX = ".waitForTaskToken"
#: The actions with which a handler completes a task that waits for a callback.
#: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
CALLBACK_ACTIONS = ("states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess")


def has_callback_task(machine: StateMachine) -> bool:
    """Whether a task of the machine waits for a callback with its task token."""
    return any(
        str(state.get("Resource")).endswith(_CALLBACK_SUFFIX)
        for _, _, state in walk_states(machine.definition)
    )
