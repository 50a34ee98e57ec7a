"""Definitions of state machines with every type of state, in both query languages.

Tasks without a Resource and invocations without a FunctionName have handlers.
"""

from __future__ import annotations

from typing import Any

DEFINITIONS: dict[str, Any] = {}


def add(name: str, start: str, /, language: Any = None, **states: Any) -> None:
    query_language = {"QueryLanguage": language} if language else {}
    DEFINITIONS[name] = {**query_language, "StartAt": start, "States": states}


def end(type_name: str = "Task", **fields: Any) -> dict[str, Any]:
    """Returns a state that ends the execution."""
    return {"Type": type_name, **fields, "End": True}


WORK = {"StartAt": "Work", "States": {"Work": end()}}

add("task", "Work", Work=end())
add("task_with_none", "Work", Work=end(Resource=None, Comment="Its function is the handler's."))
add(
    "task_with_all_its_fields",
    "Work",
    Work=end(
        Resource="",
        InputPath="$.order",
        Parameters={
            "size": 3,
            "drink.$": "$.drink",
            "id.$": "$$.Execution.Id",
            "deep": {"list": [1, {"x.$": "$.x"}]},
        },
        ResultSelector={"price.$": "$.price"},
        ResultPath="$.served",
        OutputPath="$.served",
        TimeoutSeconds=30,
        HeartbeatSeconds=10,
        Retry=[
            {
                "ErrorEquals": ["OutOfBeer"],
                "IntervalSeconds": 1,
                "MaxAttempts": 2,
                "BackoffRate": 1.5,
                "MaxDelaySeconds": 5,
                "JitterStrategy": "FULL",
            }
        ],
    ),
)
add(
    "task_paths",
    "Work",
    Work=end(InputPath=None, ResultPath=None, OutputPath="$.a['b c'][0]", TimeoutSecondsPath="$.t"),
)
add(
    "task_with_a_catch",
    "Work",
    Work=end(
        Catch=[
            {"ErrorEquals": ["OutOfBeer"], "ResultPath": "$.error", "Next": "Sorry"},
            {"ErrorEquals": ["States.ALL"], "Next": "Closed"},
        ]
    ),
    Sorry={"Type": "Task", "Next": "Closed"},
    Closed={"Type": "Fail", "Error": "Closed", "Cause": "No more ${beer}"},
)
add(
    "task_with_variables",
    "Work",
    Work={"Type": "Task", "Assign": {"total.$": "$.total", "fixed": 1}, "Next": "Use"},
    Use=end(Parameters={"total.$": "$total", "sum.$": "States.MathAdd($total, 1)"}),
)
add(
    "callback",
    "Ask",
    Ask=end(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"Payload": {"token.$": "$$.Task.Token", "question.$": "$.question"}},
        TimeoutSeconds=3600,
    ),
)
add(
    "invoke_with_a_payload_path",
    "Work",
    Work=end(
        Resource="arn:aws:states:::lambda:invoke",
        Parameters={"Payload.$": "$.order", "InvocationType": "RequestResponse"},
        ResultSelector={"got.$": "$.Payload"},
    ),
)
add("invoke_without_a_payload", "Work", Work=end(Resource="arn:aws:states:::lambda:invoke"))
add(
    "pass",
    "Say",
    Say={"Type": "Pass", "Result": {"a": [1, 2.5, True, None, "x"]}, "ResultPath": "$.said", "Next": "Shape"},
    Shape=end(
        "Pass", Parameters={"a.$": "States.Format('{}-{}', $.a, $$.State.Name)", "b": {"c.$": "$.said.a[0]"}}
    ),
)
add(
    "wait",
    "Seconds",
    Seconds={"Type": "Wait", "Seconds": 10, "Next": "Path"},
    Path={"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Until"},
    Until={"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "Next": "UntilPath"},
    UntilPath={"Type": "Wait", "TimestampPath": "$.until", "Next": "Work"},
    Work=end(),
)
add(
    "choice",
    "Which",
    Which={
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.kind", "StringEquals": "beer", "Next": "Beer"},
            {
                "And": [
                    {"Variable": "$.n", "NumericGreaterThan": 1},
                    {"Not": {"Variable": "$.n", "IsNull": True}},
                ],
                "Next": "Many",
            },
            {
                "Or": [
                    {"Variable": "$.s", "StringMatches": "a*"},
                    {"Variable": "$.b", "BooleanEquals": False},
                ],
                "Next": "Many",
            },
        ],
        "Default": "None",
    },
    Beer=end(),
    Many=end(),
    **{"None": {"Type": "Succeed", "InputPath": "$.x"}},
)
add(
    "fail_with_paths",
    "Work",
    Work={"Type": "Task", "Next": "No"},
    No={"Type": "Fail", "ErrorPath": "$.error", "CausePath": "States.Format('{}', $.cause)"},
)
add(
    "parallel",
    "Both",
    Both={
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Left", "States": {"Left": end(Parameters={"side": "left"})}},
            {
                "StartAt": "Right",
                "Comment": "Two in a row",
                "States": {
                    "Right": {"Type": "Task", "Next": "Inner"},
                    "Inner": end("Parallel", Branches=[{"StartAt": "Deep", "States": {"Deep": end()}}]),
                },
            },
        ],
        "ResultSelector": {"both.$": "$"},
        "ResultPath": "$.sides",
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}],
        "Next": "After",
    },
    After=end(),
)
add(
    "map_with_an_iterator",
    "Each",
    Each=end(
        "Map",
        ItemsPath="$.orders",
        MaxConcurrency=4,
        Parameters={"order.$": "$$.Map.Item.Value", "bar.$": "$.bar"},
        Iterator={"StartAt": "Work", "States": {"Work": end(Parameters={"n.$": "$.order.n"})}},
        ResultPath="$.done",
    ),
)
add(
    "map_inline",
    "Each",
    Each=end(
        "Map",
        ItemSelector={"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
        ItemProcessor={"ProcessorConfig": {"Mode": "INLINE"}, **WORK},
    ),
)
add(
    "map_distributed",
    "Each",
    Each=end(
        "Map",
        Label="each",
        MaxConcurrency=100,
        ToleratedFailurePercentage=5,
        ItemReader={
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "Parameters": {"Bucket": "orders", "Prefix": "new/"},
        },
        ItemBatcher={"MaxItemsPerBatch": 10, "BatchInput": {"bar": "x"}},
        ItemProcessor={"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, **WORK},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": "done", "Prefix": "out"},
        },
    ),
)
add(
    "map_of_a_csv_file",
    "Each",
    Each=end(
        "Map",
        ItemProcessor={"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **WORK},
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            "Parameters": {"Bucket": "orders", "Key": "all.csv"},
        },
    ),
)
add(
    "services",
    "Publish",
    Publish={
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Message.$": "$.m"},
        "Next": "Send",
    },
    Send={
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
            "MessageBody": {"token.$": "$$.Task.Token"},
        },
        "Next": "Put",
    },
    Put={
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.id"}}},
        "Next": "Tell",
    },
    Tell={
        "Type": "Task",
        "Resource": "arn:aws:states:::events:putEvents",
        "Parameters": {"Entries": [{"Detail": {}, "DetailType": "x", "Source": "y", "EventBusName": "bar"}]},
        "Next": "Start",
    },
    Start={
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:other",
            "Input.$": "$",
        },
        "Next": "Call",
    },
    Call={
        "Type": "Task",
        "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:other",
        "Next": "Invoke",
    },
    Invoke={
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "another", "Payload.$": "$"},
        "Next": "Activity",
    },
    Activity={
        "Type": "Task",
        "Resource": "arn:aws:states:eu-west-1:123456789012:activity:brew",
        "Next": "Work",
    },
    Work=end(),
)
add(
    "text_that_terraform_would_read",
    "A b ${c}",
    **{
        "A b ${c}": {
            "Type": "Pass",
            "Comment": '${x} $${y} $$${z} %{a} %%{b} %%%{c} {%d%} ~} \\ " \u00e9 e\u0301 \n\u2028',
            "Result": {"${key}": "%{ if true }", "$${": "$", "%": "{"},
            "Next": "D/%{e}",
        },
        "D/%{e}": end(Parameters={"${k}": "${v}", "x.$": "States.Format('$\\{{}\\}', $.x)"}),
    },
)
add("jsonata_task", "Work", "JSONata", Work=end())
add(
    "jsonata_task_with_all_its_fields",
    "Work",
    "JSONata",
    Work=end(
        Arguments={"size": 3, "drink": "{% $states.input.drink %}", "deep": [{"x": "{% $x & '${y}%{z}' %}"}]},
        Output={"price": "{% $states.result.price %}"},
        Assign={"total": "{% $total + 1 %}"},
        TimeoutSeconds="{% $states.input.timeout %}",
        Retry=[{"ErrorEquals": ["OutOfBeer"], "MaxAttempts": 2}],
    ),
)
add(
    "jsonata_arguments_of_an_expression",
    "Work",
    "JSONata",
    Work=end(Arguments="{% $merge([$states.input, {'a': 1}]) %}"),
)
add(
    "jsonata_callback",
    "Ask",
    "JSONata",
    Ask=end(
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Arguments={"Payload": {"token": "{% $states.context.Task.Token %}"}},
    ),
)
add(
    "jsonata_flow",
    "Which",
    "JSONata",
    Which={
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.n > 1 %}", "Next": "Pause"}],
        "Default": "Each",
    },
    Pause={"Type": "Wait", "Seconds": "{% $states.input.n %}", "Next": "Each"},
    Each={
        "Type": "Map",
        "Items": "{% $states.input.orders %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
        "ItemProcessor": WORK,
        "Next": "Say",
    },
    Say={"Type": "Pass", "Output": "{% { 'a': $states.input } %}", "Next": "Both"},
    Both={
        "Type": "Parallel",
        "Branches": [{"StartAt": "One", "States": {"One": end(Arguments={"a": 1})}}],
        "Output": "{% $states.result[0] %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Output": 1, "Next": "No"}],
        "Next": "Yes",
    },
    Yes={"Type": "Succeed", "Output": "{% $states.input %}"},
    No={"Type": "Fail", "Error": "{% 'x' %}"},
)
add(
    "both_languages",
    "Path",
    Path={"Type": "Task", "Parameters": {"x.$": "$.x"}, "Next": "Query"},
    Query=end(QueryLanguage="JSONata", Arguments={"x": "{% $states.input.x %}"}),
)
