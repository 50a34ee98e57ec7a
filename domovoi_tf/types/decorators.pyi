"""The decorators of `Domovoi`, as editors and type checkers see them.

`make golden` writes this file: each method has the arguments and the help of the function `declare` in the
module of its kind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from ..model.asl import Definition
from ..model.names import Name, Scoped, Variable
from ..runtime.executions import Executions

#: A handler takes the event and the context, or the event alone. It may be a coroutine function.
Handler = TypeVar("Handler", bound=Callable[[Any, Any], Any] | Callable[[Any], Any])
#: Lists of strings. A string is a sequence of strings too, but never what is meant.
Strings: TypeAlias = list[str] | tuple[str, ...]
#: The values that a field of an event pattern accepts.
Values: TypeAlias = list[Any] | tuple[Any, ...]

class Decorators:
    """The decorators of handlers."""

    def scheduled_function(
        self,
        schedule: str,
        rule_name: Name | None = None,
        *,
        timezone: str | None = None,
        input: Any = None,
        enabled: bool = True,
        description: str | None = None,
        target_id: str | Scoped | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler on a schedule, in UTC or in a time zone.

        Args:
            schedule: ``rate(5 minutes)``, ``cron(0 18 ? * MON-FRI *)`` or, for one time,
                ``at(2030-12-31T18:00:00)``.
            rule_name: the name of the EventBridge rule or schedule (default: ``<app>-<stage>-<handler>``).
            timezone: the IANA name of the time zone of ``cron`` and ``at``, such as ``Europe/Vienna`` (default:
                UTC). With a time zone, and for ``at``, EventBridge Scheduler invokes the function instead of an
                EventBridge rule.
            input: any JSON value, which the handler receives instead of the scheduled event.
            enabled: whether the rule or schedule is enabled.
            description: the description of the rule or schedule, at most 512 characters.
            target_id: the ID of the rule's target, or ``scoped("id")`` (default: ``function``).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
        https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """

    def cloudwatch_event_handler(
        self,
        *,
        rule_name: Name | None = None,
        event_bus_name: Name | None = None,
        enabled: bool = True,
        description: str | None = None,
        target_id: str | Scoped | None = None,
        function: str = "",
        name: str | None = None,
        account: Values = ...,
        detail: Mapping[str, Any] = ...,
        detail_type: Values = ...,
        replay_name: Values = ...,
        id: Values = ...,
        region: Values = ...,
        resources: Values = ...,
        source: Values = ...,
        time: Values = ...,
        version: Values = ...,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the EventBridge events that match a pattern.

        Args:
            rule_name: the name of the EventBridge rule (default: ``<app>-<stage>-<handler>``).
            event_bus_name: the name of an existing event bus, ``scoped("name")``, or ``variable("name")`` for its
                name or ARN (default: the default event bus).
            enabled: whether the rule is enabled.
            description: the description of the rule, at most 512 characters.
            target_id: the ID of the rule's target, or ``scoped("id")`` (default: ``function``).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).
            **event_pattern: the fields of the event pattern, such as ``source=["aws.ecs"]`` and
                ``detail_type=[...]``.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
        """

    def sns_topic_subscriber(
        self,
        topic_name: Name,
        *,
        create: bool = True,
        filter_policy: Mapping[str, Any] | None = None,
        filter_policy_scope: str | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the messages of an SNS topic.

        Args:
            topic_name: the name of the topic, ``scoped("name")``, or ``variable("name")`` for its ARN.
            create: whether the app creates the topic; otherwise it refers to an existing one by name.
            filter_policy: a filter policy; SNS delivers only the messages that match it.
            filter_policy_scope: the part of a message to match, ``MessageAttributes`` (the default of SNS) or
                ``MessageBody``.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
        """

    def sqs_queue_subscriber(
        self,
        queue_name: Name,
        batch_size: int | None = None,
        queue_attributes: Mapping[str, Name | Any] | None = None,
        *,
        create: bool = True,
        maximum_batching_window: int | None = None,
        maximum_concurrency: int | None = None,
        filters: Sequence[Mapping[str, Any]] | None = None,
        per_record: bool = False,
        report_failures: bool = False,
        max_receive_count: int | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the messages of an SQS queue.

        Args:
            queue_name: the name of the queue, ``scoped("name")``, or ``variable("name")`` for its ARN.
            batch_size: the maximum number of messages in an event, 1 to 10,000 (default: AWS's default, 10).
            queue_attributes: the attributes of the queue by their names on AWS, such as ``VisibilityTimeout``.
            create: whether the app creates the queue; otherwise it refers to an existing one by name.
            maximum_batching_window: the maximum time in seconds to collect messages for an event, 0 to 300.
            maximum_concurrency: the maximum number of concurrent invocations, 2 to 1,000.
            filters: at most 5 patterns; Lambda deletes messages that match none of them.
            per_record: whether the handler receives one message at a time; only messages that fail are retried,
                on a FIFO queue together with the messages after them in their group.
            report_failures: whether the handler of a batch returns the messages that failed, as
                ``batchItemFailures``; only these are retried.
            max_receive_count: the number of receives, 1 to 1,000, after which SQS moves a message to
                ``<queue>-dead-letters``; waiting for a failed message of the same group counts too.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
        """

    def s3_event_handler(
        self,
        bucket: Name,
        events: Strings,
        prefix: str | None = None,
        suffix: str | None = None,
        use_sns: bool = True,
        use_sqs: bool = False,
        sqs_batch_size: int = 1,
        sqs_queue_attributes: Mapping[str, Name | Any] | None = None,
        *,
        create: bool = False,
        manage_notification: bool = True,
        sns_topic: Name | None = None,
        use_eventbridge: bool = False,
        report_failures: bool = False,
        topic_name: str | Scoped | None = None,
        queue_name: str | Scoped | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the S3 event, in the same form for every route.

        Args:
            bucket: the name of the bucket, ``scoped("name")``, or ``variable("name")`` for its name.
            events: event types, such as ``["s3:ObjectCreated:*"]``.
            prefix: the prefix of the keys of the objects, as plain text (default: any key).
            suffix: the suffix of the keys of the objects, as plain text (default: any key).
            use_sns: whether events come through an SNS topic.
            use_sqs: whether events come through an SQS queue, which subscribes to the topic if there is one.
            sqs_batch_size: the maximum number of messages in an event, 1 to 10.
            sqs_queue_attributes: the attributes of the queue by their names on AWS.
            create: whether the app creates the bucket; otherwise the bucket exists.
            manage_notification: whether the app sets the notification configuration of the bucket, which has only
                one.
            sns_topic: a topic that already receives the bucket's events: its name, ``scoped("name")``, or
                ``variable("name")`` for its ARN. The app then leaves the bucket's notification alone.
            use_eventbridge: whether events come through EventBridge, which must be enabled for the bucket.
            report_failures: whether the handler returns the messages of the queue that failed, as
                ``batchItemFailures``; only these are retried.
            topic_name: the name of the topic that the app creates, or ``scoped("name")`` (default: a name made of
                those of the app, the stage, the function and the bucket).
            queue_name: the name of the queue that the app creates, or ``scoped("name")`` (default: a name
                of the same form).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
        """

    def dynamodb_stream_handler(
        self,
        table_name: Name,
        batch_size: int | None = None,
        *,
        starting_position: str = "TRIM_HORIZON",
        filters: Sequence[Mapping[str, Any]] | None = None,
        maximum_batching_window: int | None = None,
        parallelization_factor: int | None = None,
        maximum_retry_attempts: int | None = None,
        maximum_record_age: int | None = None,
        bisect_batch_on_error: bool | None = None,
        on_failure: str | Variable | None = None,
        tumbling_window: int | None = None,
        per_record: bool = False,
        report_failures: bool = False,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with changes to the items of an existing DynamoDB table that has a stream.

        Args:
            table_name: the name of the table, ``scoped("name")``, or ``variable("name")`` for the ARN of its
                stream.
            batch_size: the maximum number of records in an event, 1 to 10,000 (default: AWS's default, 100).
            starting_position: the record to start from: ``TRIM_HORIZON`` (the oldest) or ``LATEST``.
            filters: at most 5 patterns; Lambda skips records that match none of them.
            maximum_batching_window: the maximum time in seconds to collect records for an event, 0 to 300.
            parallelization_factor: the number of batches of a shard that are handled concurrently, 1 to 10.
            maximum_retry_attempts: the number of retries, 0 to 10,000, after which Lambda discards a batch
                (default: AWS's default, -1 for no limit).
            maximum_record_age: the age in seconds, 60 to 604,800, at which Lambda discards records (default:
                AWS's default, -1 for no limit).
            bisect_batch_on_error: whether Lambda splits a failed batch in two before it retries (default: only
                with ``per_record`` and ``maximum_retry_attempts``, which require it).
            on_failure: the ARN of a standard SQS queue or SNS topic that receives a message for each discarded
                batch, or ``variable("name")`` for it.
            tumbling_window: the duration in seconds, 0 to 900, of windows in which events pass on the state that
                the handler returns.
            per_record: whether the handler receives one record at a time; the first record that fails and all
                after it are retried.
            report_failures: whether the handler of a batch returns the records that failed, as
                ``batchItemFailures``; the first of these and all after it are retried.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
        """

    def kinesis_stream_handler(
        self,
        stream_name: Name,
        batch_size: int | None = None,
        *,
        create: bool = False,
        starting_position: str = "TRIM_HORIZON",
        filters: Sequence[Mapping[str, Any]] | None = None,
        maximum_batching_window: int | None = None,
        parallelization_factor: int | None = None,
        maximum_retry_attempts: int | None = None,
        maximum_record_age: int | None = None,
        bisect_batch_on_error: bool | None = None,
        on_failure: str | Variable | None = None,
        tumbling_window: int | None = None,
        per_record: bool = False,
        report_failures: bool = False,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the records of a Kinesis data stream, whose data is encoded as base64.

        Args:
            stream_name: the name of the stream, ``scoped("name")``, or ``variable("name")`` for its ARN.
            batch_size: the maximum number of records in an event, 1 to 10,000 (default: AWS's default, 100).
            create: whether the app creates the stream, with on-demand capacity; otherwise it refers to an
                existing one by name.
            starting_position: the record to start from: ``TRIM_HORIZON`` (the oldest) or ``LATEST``.
            filters: at most 5 patterns; Lambda skips records that match none of them.
            maximum_batching_window: the maximum time in seconds to collect records for an event, 0 to 300.
            parallelization_factor: the number of batches of a shard that are handled concurrently, 1 to 10.
            maximum_retry_attempts: the number of retries, 0 to 10,000, after which Lambda discards a batch
                (default: AWS's default, -1 for no limit).
            maximum_record_age: the age in seconds, 60 to 604,800, at which Lambda discards records (default:
                AWS's default, -1 for no limit).
            bisect_batch_on_error: whether Lambda splits a failed batch in two before it retries (default: only
                with ``per_record`` and ``maximum_retry_attempts``, which require it).
            on_failure: the ARN of a standard SQS queue or SNS topic that receives a message for each discarded
                batch, or ``variable("name")`` for it.
            tumbling_window: the duration in seconds, 0 to 900, of windows in which events pass on the state that
                the handler returns.
            per_record: whether the handler receives one record at a time; the first record that fails and all
                after it are retried.
            report_failures: whether the handler of a batch returns the records that failed, as
                ``batchItemFailures``; the first of these and all after it are retried.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
        """

    def cloudwatch_logs_sub_filter_handler(
        self,
        log_group_name: Name,
        filter_pattern: str,
        *,
        create: bool = False,
        filter_name: str | Scoped | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the log events of a log group that match a pattern.

        Args:
            log_group_name: the name of the log group, ``scoped("name")``, or ``variable("name")`` for its ARN,
                with or without ``:*``.
            filter_pattern: the pattern of the log events, at most 1,024 characters; an empty string matches every
                log event.
            create: whether the app creates the log group; otherwise it refers to an existing one by name.
            filter_name: the name of the subscription filter, or ``scoped("name")`` (default:
                ``<app>-<stage>-<handler>``).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
        """

    def email_receipt_handler(
        self,
        recipients: Sequence[str | Variable] | None = None,
        *,
        rule_set_name: Name,
        after: Name | None = None,
        scan: bool = True,
        tls: bool = False,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the email that SES receives.

        Args:
            recipients: ``user@example.com``, ``example.com`` for its addresses, ``.example.com`` for those of its
                subdomains, or ``variable("name")`` for one of these; at most 500 (default: all).
            rule_set_name: the name of an existing receipt rule set, ``scoped("name")`` or ``variable("name")``.
            after: the receipt rule that this one follows: its name, ``variable("name")``, or
                ``scoped("handler")`` for the rule of another handler of the app (default: the rule is the first
                of its set).
            scan: whether SES scans email for spam and viruses; the event has the results.
            tls: whether SES rejects email that does not arrive over a connection with TLS.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/ses/latest/APIReference/API_ReceiptRule.html
        """

    def function_url(
        self,
        *,
        auth: str = "AWS_IAM",
        cors: Mapping[str, Any] | None = None,
        invoke_mode: str = "BUFFERED",
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the HTTP requests to the function's URL.

        Args:
            auth: ``AWS_IAM`` for signed requests of callers whom IAM allows, ``NONE`` for a public URL.
            cors: the CORS settings, which allow pages of other origins to read responses: ``allow_origins``,
                ``allow_methods``, ``allow_headers``, ``expose_headers``, ``allow_credentials`` and ``max_age`` in
                seconds.
            invoke_mode: ``BUFFERED`` or ``RESPONSE_STREAM``.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        """

    def alb_target(
        self,
        prefix: str = "",
        *,
        host: Name | None = None,
        priority: int | None = None,
        multi_value_headers: bool = False,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the HTTP requests to a load balancer whose path has a prefix.

        The rule with the longest prefix that matches wins, and of those one with a host.

        Args:
            prefix: the prefix of the path. ``/api`` matches ``/api`` and everything below ``/api/``, but not
                ``/apix``; an empty prefix matches every path.
            host: the host name, which may have the wildcards ``*`` and ``?``, ``scoped("name")``, or
                ``variable("name")`` if it differs between stages (default: every host).
            priority: the priority of the listener rule, 1 to 50,000, the lowest first (default: computed).
            multi_value_headers: whether the event and the response have all values of each header and query
                parameter, as lists under ``multiValueHeaders`` and ``multiValueQueryStringParameters``
                (default: the last value only, under ``headers`` and ``queryStringParameters``).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#multi-value-headers
        """

    def lambda_function(self, name: str | None = None, *, function: str = "") -> Callable[[Handler], Handler]:
        """Calls the handler with every event of the function that no other decorator's source sends.

        Operators, other functions and AWS services can invoke a function directly. The handler receives the event
        unchanged, and the caller gets its result. A function can have one such handler.

        Args:
            name: the handler's name in commands and on AWS (default: the name of the Python function).
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
        """

    def step_function_task(
        self,
        state_name: str,
        state_machine_definition: Definition | Executions,
        *,
        state_machine_name: str | None = None,
        function: str = "",
        name: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Calls the handler with the input of a task state; the handler's result is the result of the task.

        Args:
            state_name: the name of the state in the definition. In the handler it is
                ``context.stepfunctions_task_name``.
            state_machine_definition: the definition in Amazon States Language, as a dict or as the path of a JSON
                or YAML file in the project, or the return value of ``app.register_state_machine``.
            state_machine_name: the last part of the state machine's name on AWS, ``<app>-<stage>-<name>``. An app
                may have one state machine without a name, which is called ``<app>-<stage>``.
            function: the Lambda function, declared with ``app.function`` (default: the app's default function).
            name: the handler's name in commands and on AWS (default: the name of the Python function).

        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
        """
