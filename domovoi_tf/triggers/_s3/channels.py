"""Names the topic and the queue between a bucket and a function, and their module call.

Handlers of one bucket, function and route share them. No handler's name is part of their names: renaming a
Python function must not touch what is deployed.
"""

from __future__ import annotations

from ...model.names import Scoped, make_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...model.names import Name

#: The maximum length of the name without those of app and stage, by route. AWS allows 80 characters for the
#: name of a queue, 256 for that of a topic.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
MAX_LENGTHS = {"direct": 190, "sns": 190, "sqs": 32, "sns_sqs": 32}
DIGEST_LENGTH = 8


def make_channel_name(function: str, route: str, *origins: Name) -> Scoped:
    """Returns the name: the function's, ``s3``, the bucket's and the route, with a digest if it is shortened.

    Args:
        function: the name of the Lambda function, empty for the default function.
        route: how events reach the function: ``direct``, ``sns``, ``sqs`` or ``sns_sqs``.
        origins: the bucket, and another owner's topic if the events come through it.
    """
    raw = [make_key(each) for each in origins]
    text = "-".join([*([function] if function else []), "s3", *raw])
    # Names of topics and queues have no dots.
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)
    length = MAX_LENGTHS[route] - len(route) - 1
    if name != text or len(name) > length:
        from hashlib import sha256

        digest = sha256("\0".join((function, *raw)).encode(errors="surrogatepass")).hexdigest()
        name = f"{name[: length - DIGEST_LENGTH - 1].rstrip('-')}-{digest[:DIGEST_LENGTH]}"
    return Scoped(name=f"{name}-{route}")
