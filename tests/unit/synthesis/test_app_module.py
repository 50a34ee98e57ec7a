"""An application and a stage's settings as what the templates print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.hcl.labels import assign_trigger_labels, make_label
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
FUNCTION_OUTPUTS = [
    "function_name",
    "function_arn",
    "function_invoke_arn",
    "role_name",
    "role_arn",
    "log_group_name",
]


def handler(name: str) -> Any:
    def handle(event: Any, context: Any) -> None: ...

    handle.__name__ = name
    return handle


def synthesized(app: Domovoi, settings: Settings = SETTINGS) -> stack.Stack:
    application = app.freeze()
    assert validate(application, settings) == ()
    return synthesize(application, settings)


def rendered(app: Domovoi, settings: Settings = SETTINGS) -> tuple[RenderedFile, ...]:
    return render(synthesized(app, settings), assets.find_templates(), assets.find_modules())


def subscribed(*topics: Name, **options: Any) -> stack.Kind:
    app = Domovoi()
    for number, topic in enumerate(topics):
        app.sns_topic_subscriber(topic, **options)(handler(f"tend{number}"))
    (kind,) = synthesized(app).kinds
    return kind


def outputs(app: Domovoi) -> dict[str, object]:
    return {output.name: output.value for output in synthesized(app).outputs}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tend", "tend"),
        ("_a-B9", "_a-B9"),
        ("1a", "_1a"),
        ("-a", "_-a"),
        ("zapfhähne", "zapfh_hne"),
        ("a.b c${d}", "a_b_c__d_"),
        ("", "_"),
    ],
)
def test_a_label_is_a_terraform_identifier(name: str, expected: str) -> None:
    assert make_label(name) == expected


def test_labels_are_handlers_names_and_stacked_sources_get_the_kind_after_them() -> None:
    app = Domovoi()
    tend = handler("tend")
    for topic in ("a", "b", "c"):
        app.sns_topic_subscriber(topic)(tend)
    app.scheduled_function("rate(1 day)")(tend)
    app.sns_topic_subscriber("d")(handler("other"))
    assert assign_trigger_labels(app.freeze().routes) == [
        "tend",
        "tend_sns",
        "tend_sns_2",
        "tend_schedule",
        "other",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("iam", "handler_iam"),
        ("lambda_x", "handler_lambda_x"),
        ("lambda_", "handler_lambda_"),
        ("state_machine", "handler_state_machine"),
        ("iamb", "iamb"),
        ("lambdas", "lambdas"),
    ],
)
def test_labels_of_the_app_s_own_module_calls_are_not_taken(name: str, expected: str) -> None:
    app = Domovoi()
    app.sns_topic_subscriber("a")(handler(name))
    assert assign_trigger_labels(app.freeze().routes) == [expected]


def test_a_label_that_a_stacked_source_took_is_not_used_twice() -> None:
    app = Domovoi()
    tend = handler("tend")
    for topic in ("a", "b"):
        app.sns_topic_subscriber(topic)(tend)
    app.sns_topic_subscriber("c")(handler("tend_sns"))
    assert assign_trigger_labels(app.freeze().routes) == ["tend", "tend_sns", "tend_sns_sns"]


def test_an_owned_topic_is_a_resource() -> None:
    assert subscribed("bar-tender").sources == (
        stack.Source(
            type="aws_sns_topic",
            label="bar-tender",
            key="bar-tender",
            name="bar-tender",
            owned=True,
            value=Reference("aws_sns_topic.bar-tender.arn"),
        ),
    )


def test_a_topic_that_is_looked_up_is_a_data_source() -> None:
    (source,) = subscribed("9lives", create=False).sources
    assert (source.label, source.owned, source.value) == ("_9lives", False, "data.aws_sns_topic._9lives.arn")


def test_a_scoped_topic_is_named_by_the_app_and_keyed_by_its_own_part() -> None:
    (source,) = subscribed(scoped("orders")).sources
    assert (source.label, source.key, source.name) == ("orders", "orders", "-orders")
    assert isinstance(source.name, PrefixedName)


def test_a_variable_s_topic_is_no_source_of_the_app_but_an_input() -> None:
    app = Domovoi()
    app.sns_topic_subscriber(variable("orders_topic_arn"))(handler("tend"))
    app.function("f")
    app.sns_topic_subscriber(variable("orders_topic_arn"), function="f")(handler("also"))
    view = synthesized(app)
    (kind,) = view.kinds
    assert kind.sources == ()
    assert [t.source and t.source.value for t in kind.triggers] == [Reference("var.orders_topic_arn")] * 2
    (declared,) = view.inputs
    assert declared.name == "orders_topic_arn"
    assert declared.description == "ARN of an SNS topic for also, tend."
    assert declared.pattern == r"^arn:[^:]+:sns:[^:]+:[0-9]+:[A-Za-z0-9_-]+$"
    assert declared.expectation == f"Expected the ARN of an SNS topic, in the form {declared.pattern}."


def test_a_variable_rule_name_is_an_input_that_holds_a_rule_name() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)", rule_name=variable("rule"))(handler("close"))
    (declared,) = synthesized(app).inputs
    assert (declared.name, declared.pattern) == ("rule", r"^[.\-_A-Za-z0-9]+$")
    assert declared.description == "EventBridge rule name for close."


def test_two_handlers_of_a_topic_share_its_resource() -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber("a")(handler("one"))
    app.sns_topic_subscriber("a", function="reports")(handler("two"))
    (kind,) = synthesized(app).kinds
    assert len(kind.sources) == 1
    assert [(t.label, t.function, t.function_name) for t in kind.triggers] == [
        ("one", "module.lambda.function", "default"),
        ("two", "module.lambda_reports.function", "reports"),
    ]


def test_a_topic_of_two_kinds_is_declared_once() -> None:
    app = Domovoi()
    app.function("f")
    created = ["s3:ObjectCreated:*"]
    app.s3_event_handler("photos", created, sns_topic="photos")(handler("one"))
    app.s3_event_handler("scans", created, sns_topic="scans")(handler("two"))
    app.sns_topic_subscriber("photos", create=False, function="f")(handler("three"))
    app.sns_topic_subscriber("orders", function="f")(handler("four"))
    declared = {kind.name: [source.value for source in kind.sources] for kind in synthesized(app).kinds}
    assert sorted(value for values in declared.values() for value in values if "topic" in str(value)) == [
        "aws_sns_topic.orders.arn",
        "data.aws_sns_topic.photos.arn",
        "data.aws_sns_topic.scans.arn",
    ]
    used = {t.label: [t.source, *t.needs] for kind in synthesized(app).kinds for t in kind.triggers}
    for name in ("one", "three"):
        assert "data.aws_sns_topic.photos.arn" in [source.value for source in used[name] if source]


def test_sources_and_triggers_are_sorted_whatever_the_order_of_the_source() -> None:
    one, other = Domovoi(), Domovoi()
    names = ["zebra", "ale", "mild"]
    for app, order in ((one, names), (other, names[::-1])):
        for name in order:
            app.sns_topic_subscriber(name)(handler(f"tend_{name}"))
    for app in (one, other):
        (kind,) = synthesized(app).kinds
        assert [source.label for source in kind.sources] == ["ale", "mild", "zebra"]
        assert [trigger.label for trigger in kind.triggers] == ["tend_ale", "tend_mild", "tend_zebra"]


def test_a_trigger_tells_where_it_was_declared_and_what_its_template_prints() -> None:
    app = Domovoi()
    app.scheduled_function("rate(1 day)", input={"a": 1}, enabled=False, description="d")(handler("close"))
    (kind,) = synthesized(app).kinds
    (trigger,) = kind.triggers
    assert trigger.location == str(app.freeze().routes[0].location)
    assert (trigger.handler, trigger.description) == ("close", "rate(1 day)")
    assert trigger.arguments == {
        "name": "-close",
        "task_name": "close",
        "schedule_expression": "rate(1 day)",
        "input": {"a": 1},
        "enabled": False,
        "description": "d",
    }
    assert isinstance(trigger.arguments["name"], PrefixedName)


def test_functions_have_their_own_names_labels_and_sizes_or_the_stage_s() -> None:
    app = Domovoi()
    app.function("reports-2", memory_size=512)
    app.function("1a", timeout=3)
    app.sns_topic_subscriber("a")(handler("tend"))
    default, reports, digit = synthesized(app).functions
    assert default == stack.Function(
        name="",
        label="lambda",
        role_label="iam",
        aws_name=Reference("var.name"),
        key="default",
        settings=Reference('local.functions["default"]'),
        declared={},
        statements={},
        mapping_statements={},
    )
    assert (reports.label, reports.role_label) == ("lambda_reports-2", "iam_reports-2")
    assert (reports.aws_name, reports.settings) == ("-reports-2", 'local.functions["reports-2"]')
    assert isinstance(reports.aws_name, PrefixedName)
    assert (digit.label, digit.settings) == ("lambda_1a", 'local.functions["1a"]')
    assert (reports.declared, digit.declared) == ({"memory_size": 512}, {"timeout": 3})


def test_functions_whose_names_differ_never_share_a_label() -> None:
    app = Domovoi()
    app.function("1a")
    app.function("_1a")
    app.sns_topic_subscriber("a")(handler("tend"))
    labels = [function.label for function in synthesized(app).functions]
    assert len(set(labels)) == 3


def test_outputs_are_always_there_even_where_empty() -> None:
    scheduled, subscribing = Domovoi(), Domovoi()
    scheduled.scheduled_function("rate(1 day)")(handler("close"))
    subscribing.sns_topic_subscriber("t")(handler("tend"))
    expected = [
        *FUNCTION_OUTPUTS,
        "functions",
        "policy_documents",
        "function_urls",
        "queue_arns",
        "queue_urls",
        "rule_arns",
        "state_machine_arns",
        "topic_arns",
    ]
    assert list(outputs(scheduled)) == list(outputs(subscribing)) == expected
    assert outputs(scheduled)["topic_arns"] == {}
    assert outputs(scheduled)["rule_arns"] == {"close": "module.close.rule_arn"}
    assert outputs(subscribing)["topic_arns"] == {"t": "aws_sns_topic.t.arn"}
    assert outputs(subscribing)["rule_arns"] == {}


def test_outputs_are_keyed_by_names_that_are_the_same_in_every_stage() -> None:
    app = Domovoi()
    app.function("reports")
    app.sns_topic_subscriber(scoped("orders"))(handler("tend"))
    app.sns_topic_subscriber("cellar", create=False)(handler("fetch"))
    app.sns_topic_subscriber(variable("arn"))(handler("third"))
    found = outputs(app)
    assert found["topic_arns"] == {
        "cellar": "data.aws_sns_topic.cellar.arn",
        "orders": "aws_sns_topic.orders.arn",
    }
    assert found["functions"] == {
        "default": "module.lambda.function",
        "reports": "module.lambda_reports.function",
    }


def test_the_stage_has_its_settings() -> None:
    app = Domovoi()
    app.sns_topic_subscriber("t")(handler("tend"))
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
    assert synthesized(app, settings).stage == stack.Stage(
        name="prod",
        app="bar-prod",
        arguments={
            "memory_size": 256,
            "timeout": 9,
            "policies": {"user": 'file("${path.module}/policy.json")'},
            "environment_variables": {"A_": "1"},
            "tags": {"t": "v"},
        },
        tags={"t": "v"},
        policies={"policy.json": "{}"},
        backend=stack.Backend(
            type="remote", arguments={"organization": "o"}, blocks={"workspaces": {"name": "w"}}
        ),
    )
    assert synthesized(app).stage.backend is None


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
def test_an_object_that_is_a_block_of_the_backend_is_written_as_one(kind: str, block: str) -> None:
    app = Domovoi()
    settings = Settings(app_name="bar", stage="dev", backend=(kind, {"a": "b", block: {"c": "d"}}))
    assert synthesized(app, settings).stage.backend == stack.Backend(
        type=kind, arguments={"a": "b"}, blocks={block: {"c": "d"}}
    )
    files = {f.path: f.content.decode() for f in rendered(app, settings)}
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
def test_every_other_argument_of_a_backend_is_an_attribute(kind: str, name: str, value: object) -> None:
    settings = Settings(app_name="bar", stage="dev", backend=(kind, {name: value}))
    assert synthesized(Domovoi(), settings).stage.backend == stack.Backend(
        type=kind, arguments={name: value}, blocks={}
    )


def test_what_does_not_depend_on_the_stage_is_the_same_in_every_stage() -> None:
    app = Domovoi()
    app.sns_topic_subscriber(scoped("t"))(handler("tend"))
    app.scheduled_function("rate(1 day)")(handler("close"))
    dev, prod = (synthesized(app, Settings(app_name="bar", stage=stage)) for stage in ("dev", "prod"))
    assert (dev.functions, dev.kinds, dev.inputs, dev.outputs) == (
        prod.functions,
        prod.kinds,
        prod.inputs,
        prod.outputs,
    )


def test_rule_arns_has_every_schedule_of_a_handler() -> None:
    app = Domovoi()
    lamp = app.scheduled_function("rate(1 minute)")(handler("lamp"))
    app.scheduled_function("rate(2 minutes)", "dim")(lamp)
    (rules,) = [output.value for output in synthesized(app).outputs if output.name == "rule_arns"]
    assert rules == {"lamp": "module.lamp.rule_arn", "lamp_schedule": "module.lamp_schedule.rule_arn"}


def test_a_declared_variable_is_an_input_of_the_app_and_of_the_root() -> None:
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
  description = "What the handlers read as variable payment_key."
  type        = string
  sensitive   = true
  nullable    = false
}
"""
    assert declared in files["app/variables.tf"]
    assert declared in files["stages/dev/variables.tf"]
    assert "DOMOVOI_TF_VAR_payment_key = var.payment_key" in files["app/lambda.tf"]
