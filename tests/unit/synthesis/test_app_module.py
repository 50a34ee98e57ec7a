"""An application and its settings are synthesized to the stack that the templates print."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.hcl.input_variables import describe_format
from domovoi_tf.hcl.syntax import PrefixedName, Reference
from domovoi_tf.rendering.templates import RenderedFile, render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis import stack
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

SETTINGS = Settings(app_name="bar", stage="dev")
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/1/"
FUNCTION_OUTPUTS = [
    "function_name",
    "function_arn",
    "function_invoke_arn",
    "role_name",
    "role_arn",
    "log_group_name",
]


def make_handler(name: str) -> Any:
    def handle(event: Any, context: Any) -> None: ...

    handle.__name__ = name
    return handle


def synthesize_valid(app: Domovoi, settings: Settings = SETTINGS) -> stack.Stack:
    application = app.freeze()
    assert validate(application, settings) == ()
    return synthesize(application, settings)


def render_valid(app: Domovoi, settings: Settings = SETTINGS) -> tuple[RenderedFile, ...]:
    return render(synthesize_valid(app, settings), assets.find_templates(), assets.find_modules())


def synthesize_topics(*topics: Name, **options: Any) -> stack.Kind:
    app = Domovoi()
    for number, topic in enumerate(topics):
        app.sns_topic_subscriber(topic, **options)(make_handler(f"tend{number}"))
    (kind,) = synthesize_valid(app).kinds
    return kind


def list_outputs(app: Domovoi) -> dict[str, object]:
    return {output.name: output.value for output in synthesize_valid(app).outputs}


def test_owned_topic_is_a_resource() -> None:
    assert synthesize_topics("bar-tender").sources == (
        stack.Source(
            type="aws_sns_topic",
            label="bar_tender",
            key="bar-tender",
            name="bar-tender",
            owned=True,
            value=Reference("aws_sns_topic.bar_tender.arn"),
            spelled="bar-tender",
            companions=("aws_sns_topic_policy",),
            known_name="bar-tender",
            url='"${local.queue_urls["default"]}/bar-tender"',
        ),
    )


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("9lives", "9lives"),
        (scoped("orders"), "${var.name}-orders"),
        (scoped("orders", form="{name}-of-{stage}"), "orders-of-${var.stage}"),
    ],
)
def test_arn_of_a_topic_of_another_owner_follows_from_its_name(topic: Any, name: str) -> None:
    (source,) = synthesize_topics(topic, create=False).sources
    assert (source.owned, source.value) == (False, f'"${{local.function_arns["default"].sns}}:{name}"')


def test_arns_of_two_functions_come_from_their_own_log_groups() -> None:
    """A new function must not make the ARNs of others unknown: their subscriptions would be replaced."""
    app = Domovoi()
    app.function("f")
    app.sns_topic_subscriber("t", create=False)(make_handler("one"))
    app.sns_topic_subscriber("t", create=False, function="f")(make_handler("two"))
    (kind,) = synthesize_valid(app).kinds
    assert [source.label for source in kind.sources] == ["t"]
    assert [trigger.source and trigger.source.value for trigger in kind.triggers] == [
        '"${local.function_arns["default"].sns}:t"',
        '"${local.function_arns["f"].sns}:t"',
    ]


def test_scoped_topic_has_a_prefixed_name_and_a_stable_key() -> None:
    (source,) = synthesize_topics(scoped("orders")).sources
    assert (source.label, source.key, source.name) == ("orders", "orders", "-orders")
    assert isinstance(source.name, PrefixedName)


def test_topic_from_a_variable_is_an_input_and_no_source() -> None:
    app = Domovoi()
    app.sns_topic_subscriber(variable("orders_topic_arn"))(make_handler("tend"))
    app.function("f")
    app.sns_topic_subscriber(variable("orders_topic_arn"), function="f")(make_handler("also"))
    view = synthesize_valid(app)
    (kind,) = view.kinds
    assert kind.sources == ()
    assert [t.source and t.source.value for t in kind.triggers] == [Reference("var.orders_topic_arn")] * 2
    (declared,) = view.inputs
    assert declared.name == "orders_topic_arn"
    assert declared.description == "ARN of an SNS topic for also, tend."
    assert declared.pattern == r"^arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+$"
    assert declared.expectation == (
        "Expected the ARN of an SNS topic, in the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."
    )


def test_rule_name_from_a_variable_is_an_input() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)", rule_name=variable("rule"))(make_handler("close"))
    (declared,) = synthesize_valid(app).inputs
    assert (declared.name, declared.pattern) == ("rule", r"^[.\-_A-Za-z0-9]+$")
    assert declared.description == "EventBridge rule name for close."


def test_two_handlers_of_a_topic_share_its_resource() -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber("a")(make_handler("one"))
    app.sns_topic_subscriber("a", function="reports")(make_handler("two"))
    (kind,) = synthesize_valid(app).kinds
    assert len(kind.sources) == 1
    assert [(t.label, t.function, t.function_name) for t in kind.triggers] == [
        ("one", "module.lambda.function", "default"),
        ("two", "module.lambda_reports.function", "reports"),
    ]


def test_topic_of_two_kinds_is_declared_once() -> None:
    app = Domovoi()
    app.function("f")
    created = ["s3:ObjectCreated:*"]
    app.s3_event_handler("photos", created, sns_topic="photos")(make_handler("one"))
    app.s3_event_handler("scans", created, sns_topic="scans")(make_handler("two"))
    app.sns_topic_subscriber("photos", create=False, function="f")(make_handler("three"))
    app.sns_topic_subscriber("orders", function="f")(make_handler("four"))
    declared = {kind.name: [source.value for source in kind.sources] for kind in synthesize_valid(app).kinds}
    assert sorted(value for values in declared.values() for value in values if "sns" in str(value)) == [
        '"${local.function_arns["default"].sns}:photos"',
        '"${local.function_arns["default"].sns}:scans"',
        "aws_sns_topic.orders.arn",
    ]
    used = {t.label: [t.source, *t.needs] for kind in synthesize_valid(app).kinds for t in kind.triggers}
    for name, function in (("s3_topic_photos_sns", "default"), ("three", "f")):
        arn = f'"${{local.function_arns["{function}"].sns}}:photos"'
        assert arn in [source.value for source in used[name] if source]


def test_handlers_that_share_a_module_call_are_two_nodes_of_the_diagram() -> None:
    app = Domovoi()
    for name in ("one", "two"):
        app.s3_event_handler("photos", ["s3:ObjectCreated:*"], f"{name}/")(make_handler(name))
    (readme,) = [file for file in render_valid(app) if file.path == "app/README.md"]
    nodes = re.findall(r"--> (\w+)\[\"(\w+)\"\]", readme.content.decode())
    assert [name for _, name in nodes] == ["one", "two"]
    assert len(dict(nodes)) == 2


def test_sources_and_triggers_are_sorted() -> None:
    one, other = Domovoi(), Domovoi()
    names = ["zebra", "ale", "mild"]
    for app, order in ((one, names), (other, names[::-1])):
        for name in order:
            app.sns_topic_subscriber(name)(make_handler(f"tend_{name}"))
    for app in (one, other):
        (kind,) = synthesize_valid(app).kinds
        assert [source.label for source in kind.sources] == ["ale", "mild", "zebra"]
        assert [trigger.label for trigger in kind.triggers] == ["tend_ale", "tend_mild", "tend_zebra"]


def test_trigger_has_its_file_and_arguments() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)", input={"a": 1}, enabled=False, description="d")(
        make_handler("close")
    )
    (kind,) = synthesize_valid(app).kinds
    (trigger,) = kind.triggers
    assert trigger.file == app.freeze().routes[0].location.file
    assert (trigger.handler, trigger.description) == ("close", "rate(1 day)")
    assert trigger.arguments == {
        "name": "-close",
        "task_name": "close",
        "schedule_expression": "rate(1 day)",
        "input": {"a": 1},
        "enabled": False,
        "description": "d",
        "target_id": None,
    }
    assert isinstance(trigger.arguments["name"], PrefixedName)


def test_functions_have_names_labels_and_declared_settings() -> None:
    app = Domovoi()
    app.function("reports-2", memory_size=512)
    app.function("1a", timeout=3)
    for name in ("", "reports-2", "1a"):
        app.lambda_function(function=name)(make_handler("run"))
    default, reports, digit = synthesize_valid(app).functions
    assert default == stack.Function(
        name="",
        label="lambda",
        role_label="iam",
        aws_name=Reference("var.name"),
        key="default",
        settings=Reference('local.functions["default"]'),
        role=Reference('local.roles["default"]'),
        declared={},
        statements={},
        mapping_statements={},
    )
    assert (reports.label, reports.role_label) == ("lambda_reports_2", "iam_reports_2")
    assert (reports.aws_name, reports.settings) == ("-reports-2", 'local.functions["reports-2"]')
    assert isinstance(reports.aws_name, PrefixedName)
    assert (reports.role, digit.role) == ('local.roles["reports-2"]', 'local.roles["1a"]')
    assert (digit.label, digit.settings) == ("lambda_1a", 'local.functions["1a"]')
    assert (reports.declared, digit.declared) == ({"memory_size": 512}, {"timeout": 3})


def test_functions_with_different_names_have_different_labels() -> None:
    app = Domovoi()
    app.function("1a")
    app.function("_1a")
    for name in ("", "1a", "_1a"):
        app.lambda_function(function=name)(make_handler("run"))
    labels = [function.label for function in synthesize_valid(app).functions]
    assert len(set(labels)) == 3


def test_outputs_exist_only_if_they_have_values() -> None:
    scheduled, subscribing = Domovoi(), Domovoi()
    scheduled.scheduled_function("rate(1 day)")(make_handler("close"))
    subscribing.sns_topic_subscriber("t")(make_handler("tend"))
    common = [*FUNCTION_OUTPUTS, "functions", "policy_documents"]
    assert list(list_outputs(scheduled)) == [*common, "rule_arns", "rule_names"]
    assert list(list_outputs(subscribing)) == [*common, "topic_arns"]
    assert list_outputs(scheduled)["rule_arns"] == {"close": "module.close.rule_arn"}
    assert list_outputs(subscribing)["topic_arns"] == {"t": "aws_sns_topic.t.arn"}


def test_outputs_are_keyed_by_names_that_all_stages_share() -> None:
    app = Domovoi()
    app.sns_topic_subscriber(scoped("orders"))(make_handler("tend"))
    app.lambda_function(function=app.function("reports"))(make_handler("report"))
    app.sns_topic_subscriber("cellar", create=False)(make_handler("fetch"))
    app.sns_topic_subscriber(variable("arn"))(make_handler("third"))
    found = list_outputs(app)
    assert found["topic_arns"] == {
        "cellar": '"${local.function_arns["default"].sns}:cellar"',
        "orders": "aws_sns_topic.orders.arn",
    }
    assert found["functions"] == {
        "default": "merge(module.lambda.function, module.lambda.attributes, "
        "{ role_name = module.iam.role_name, role_arn = module.iam.role_arn })",
        "reports": "merge(module.lambda_reports.function, module.lambda_reports.attributes, "
        "{ role_name = module.iam_reports.role_name, role_arn = module.iam_reports.role_arn })",
    }


def test_stage_has_its_settings() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("t")(make_handler("tend"))
    settings = Settings(
        app_name="bar",
        stage="prod",
        memory_size=256,
        timeout=9,
        environment_variables={"A_": "1"},
        tags={"t": "v"},
        backend=("remote", {"organization": "o", "workspaces": {"name": "w"}}),
        policy="{}",
    )
    assert synthesize_valid(app, settings).stage == stack.Stage(
        name="prod",
        app="bar-prod",
        arguments={
            "settings": {"memory_size": 256, "timeout": 9, "environment_variables": {"A_": "1"}},
            "role": {"policies": {"user": 'file("${path.module}/policy.json")'}},
            "tags": {"t": "v"},
        },
        tags={"t": "v"},
        policies={"policy.json": "{}"},
        backend=stack.Backend(
            type="remote", arguments={"organization": "o"}, blocks={"workspaces": {"name": "w"}}
        ),
    )
    assert synthesize_valid(app).stage.backend is None


#: Arguments that are blocks: https://developer.hashicorp.com/terraform/language/backend
@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("cloud", "workspaces"),
        ("remote", "workspaces"),
        ("cos", "assume_role"),
        ("oss", "assume_role"),
        ("kubernetes", "exec"),
    ],
)
def test_object_that_is_a_block_of_the_backend_is_rendered_as_a_block(kind: str, block: str) -> None:
    app = Domovoi()
    settings = Settings(app_name="bar", stage="dev", backend=(kind, {"a": "b", block: {"c": "d"}}))
    assert synthesize_valid(app, settings).stage.backend == stack.Backend(
        type=kind, arguments={"a": "b"}, blocks={block: {"c": "d"}}
    )
    files = {f.path: f.content.decode() for f in render_valid(app, settings)}
    line = f"  {kind} {{" if kind == "cloud" else f'  backend "{kind}" {{'
    assert files["stages/dev/backend.tf"].endswith(
        f'\nterraform {{\n{line}\n    a = "b"\n\n    {block} {{\n      c = "d"\n    }}\n  }}\n}}\n'
    )


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("s3", "assume_role", {"role_arn": "a"}),
        ("s3", "workspaces", {"name": "w"}),
        ("remote", "exec", {"name": "w"}),
        ("remote", "workspaces", "w"),
    ],
)
def test_other_arguments_of_a_backend_are_attributes(kind: str, name: str, value: object) -> None:
    settings = Settings(app_name="bar", stage="dev", backend=(kind, {name: value}))
    assert synthesize_valid(Domovoi(), settings).stage.backend == stack.Backend(
        type=kind, arguments={name: value}, blocks={}
    )


def test_app_is_the_same_in_every_stage() -> None:
    app = Domovoi()
    app.sns_topic_subscriber(scoped("t"))(make_handler("tend"))
    app.scheduled_function("rate(1 day)")(make_handler("close"))
    dev, prod = (synthesize_valid(app, Settings(app_name="bar", stage=stage)) for stage in ("dev", "prod"))
    assert (dev.functions, dev.kinds, dev.inputs, dev.outputs) == (
        prod.functions,
        prod.kinds,
        prod.inputs,
        prod.outputs,
    )


def test_rule_arns_contain_every_schedule_of_a_handler() -> None:
    app = Domovoi()
    lamp = app.scheduled_function("rate(1 minute)")(make_handler("lamp"))
    app.scheduled_function("rate(2 minutes)", "dim")(lamp)
    (rules,) = [output.value for output in synthesize_valid(app).outputs if output.name == "rule_arns"]
    assert rules == {
        "lamp_dim": "module.lamp_dim.rule_arn",
        "lamp_rule": "module.lamp_rule.rule_arn",
    }


def test_declared_variable_is_an_input_of_the_app_and_the_root() -> None:
    app = Domovoi()
    app.variable("payment_key", sensitive=True)
    app.variable("topic_arn")

    @app.sns_topic_subscriber(variable("topic_arn"))
    def tend(event: Any, context: Any) -> None: ...

    view = synthesize(app.freeze(), SETTINGS)
    assert [(each.name, each.sensitive, bool(each.pattern)) for each in view.inputs] == [
        ("payment_key", True, False),
        ("topic_arn", False, True),
    ]
    files = {f.path: f.content.decode() for f in render(view, assets.find_templates(), assets.find_modules())}
    declared = """\
variable "payment_key" {
  description = "Value that the handlers read as variable payment_key."
  type        = string
  sensitive   = true
  nullable    = false
}
"""
    assert declared in files["app/variables.tf"]
    assert declared in files["stages/dev/variables.tf"]
    assert "DOMOVOI_TF_VAR_payment_key = var.payment_key" in files["app/lambda.tf"]


def test_default_of_a_variable_is_that_of_the_app_and_the_root() -> None:
    app = Domovoi()
    app.variable("note", default="")
    app.variable("greeting", default='${a} %{b} "`|\\n\n')
    app.variable("endpoint")
    topic = app.variable("topic_arn", default="arn:aws:sns:us-east-1:123456789012:orders")
    app.variable("alb_listener_arn", default=f"{LISTENER}a")

    @app.alb_target("/tend")
    @app.sns_topic_subscriber(topic)
    def tend(event: Any, context: Any) -> None: ...

    def render_files(settings: Settings) -> dict[str, str]:
        view = synthesize(app.freeze(), settings)
        files = render(view, assets.find_templates(), assets.find_modules())
        return {file.path: file.content.decode() for file in files}

    files = render_files(SETTINGS)
    defaults = {
        "note": '""',
        "greeting": r'"$${a} %%{b} \"`|\\n\n"',
        "topic_arn": '"arn:aws:sns:us-east-1:123456789012:orders"',
        "alb_listener_arn": f'"{LISTENER}a"',
    }
    for path in ("app/variables.tf", "stages/dev/variables.tf"):
        found = re.findall(r'^variable "(\w+)" {\n.*\n.*\n  default     = (.*)$', files[path], re.MULTILINE)
        assert {name: value for name, value in found if name in defaults} == defaults
        assert 'variable "endpoint" {\n  description = "Value' in files[path]
    for name in (*defaults, "endpoint"):
        assert f" DOMOVOI_TF_VAR_{name} " in re.sub(" +", " ", files["app/lambda.tf"])
    readme = files["app/README.md"]
    assert '\n| `note` | Value that the handlers read as variable note. | "" |\n' in readme
    assert "| `greeting` | Value that the handlers read as variable greeting. | " in readme
    assert "| `endpoint` | Value that the handlers read as variable endpoint. | required |\n" in readme
    assert '  name     = "bar"\n  endpoint = var.endpoint\n}\n' in readme
    configured = render_files(replace(SETTINGS, alb_listener_arn=f"{LISTENER}b"))
    assert f'default     = "{LISTENER}b"' in configured["stages/dev/variables.tf"]
    assert configured["app/variables.tf"] == files["app/variables.tf"]


@pytest.mark.parametrize(
    ("pattern", "allowed", "sentence"),
    [
        (
            "^arn:[^:]+:logs:[^:]+:[0-9]+:log-group:[-._/#A-Za-z0-9]+(:[*])?$",
            "",
            "Expected the noun, in the form arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME.",
        ),
        (
            "^arn:[^:]+:(sqs|sns):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$",
            "an ARN",
            "Expected the noun, in the form arn:PARTITION:sqs:REGION:ACCOUNT:NAME.",
        ),
        ("^[A-Za-z0-9._-]{3,255}$", "letters and digits", "The noun must consist of letters and digits."),
        ("^(?s:.*)$", "", "Expected the noun."),
    ],
)
def test_format_of_a_variable_is_described_in_words(pattern: str, allowed: str, sentence: str) -> None:
    assert describe_format(pattern, "noun", allowed) == sentence
