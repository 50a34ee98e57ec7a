"""Events and their runs that tests record while a page is open."""

from __future__ import annotations

import time
from typing import Any

from domovoi_tf.recorder.records import AwsCall, Failure, Invocation, LogLine, Outcome

#: It would run if it became markup.
HOSTILE = "<img src=x onerror=window.hacked=1>"


def make_invocation(event: Any = None) -> Invocation:
    """Returns an event that arrives now."""
    return Invocation("8f5a2f5e-0000-4000-8000-000000000000", time.time(), "dev", "every-source-dev", event)


def make_outcome(
    handler: str = "pour", failed: str = "", log: str = "poured", call: str = "orders"
) -> Outcome:
    """Returns the outcome of a run; with the text of an error if it failed."""
    return Outcome(
        "failed" if failed else "ok",
        (handler,),
        "SNS topic scoped('orders')",
        "sns",
        None if failed else {"poured": True},
        Failure("ValueError", failed, (f'  File "app.py", line 1\n    {failed}',)) if failed else None,
        (LogLine(1.0, log),),
        (AwsCall("sns", "Publish", call, 2.0, 3.0),),
        2.0,
        12.0,
        64,
        "3f9a1c0b7e42",
    )
