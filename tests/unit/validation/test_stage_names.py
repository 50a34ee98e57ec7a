"""Names that contain the stage, and the suggestions for them."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, triggers, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.labels import make_label
from domovoi_tf.model.trigger import Limit
from domovoi_tf.rendering.stage_consistency import find_differences
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate
from domovoi_tf.validation.names import check_name
from domovoi_tf.validation.stage_names import suggest_scoped

SETTINGS = Settings(app_name="shop", stage="dev", stages=("dev", "prod"))
FORM = "{name}-{stage}"
CREATED = ["s3:ObjectCreated:*"]


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("orders-dev", "scoped('orders', form='{name}-{stage}')"),
        ("orders_dev", "scoped('orders', form='{name}_{stage}')"),
        ("dev-orders", "scoped('orders', form='{stage}-{name}')"),
        ("orders-dev.fifo", "scoped('orders', form='{name}-{stage}.fifo')"),
        ("my-orders-dev-eu", "scoped('my-orders', form='{name}-{stage}-eu')"),
        ("/shop/dev/orders", "scoped('/shop', form='{name}/{stage}/orders')"),
        ("/dev/orders", "scoped('orders', form='/{stage}/{name}')"),
        ("shop-dev-orders", "scoped('orders')"),
        ("shop-dev-", "scoped('shop', form='{name}-{stage}-')"),
        ("shop-dev--orders", "scoped('shop', form='{name}-{stage}--orders')"),
        ("arn:aws:sns:eu-west-1:123456789012:orders-dev", None),
        ("orders", None),
        ("dev", None),
        ("-dev-", None),
        ("devices", None),
        ("orders-dev2", None),
        ("dev-orders-dev", None),
        ("{orders}-dev", None),
        (7, None),
    ],
)
def test_suggestion_is_the_name_in_that_stage(name: object, expression: str | None) -> None:
    assert suggest_scoped(name, "dev", "shop") == expression
    if expression is not None:
        environ = {"DOMOVOI_TF_NAME": "shop-dev", "DOMOVOI_TF_VAR_stage": "dev"}
        with pytest.MonkeyPatch.context() as patch:
            for key, value in environ.items():
                patch.setenv(key, value)
            assert str(eval(expression, {"scoped": scoped})) == name  # noqa: S307 - made above


SCOPE = {"scoped": scoped}
SEPARATORS = ("", "-", "--", ".", "/", "_", "@")
HEADS = ("", "x", "in", "_x", "-x", "user@x", "shop", "/a/b", "*")
TAILS = ("", "x", "in", "x-", "x.fifo", ".fifo", "com", "x.com", "-.com", "x@x.com")


def find_limits() -> list[Limit]:
    """Returns the limits of all names except ARNs, which no suggestion can be."""
    modules = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(triggers.__path__, "domovoi_tf.triggers.")
    ]
    values = [
        value
        for module in modules
        for each in vars(module).values()
        for value in (each, getattr(each, "limit", None))
    ]
    limits = {value.noun + value.pattern: value for value in values if isinstance(value, Limit)}
    return [limit for limit in limits.values() if "ARN" not in limit.noun]


@pytest.mark.parametrize("limit", find_limits(), ids=lambda limit: limit.noun)
def test_suggestion_is_valid_wherever_the_name_is(limit: Limit) -> None:
    places = [f"{a}{b}dev{c}{d}" for a in HEADS for b in SEPARATORS for c in SEPARATORS for d in TAILS]
    names = [name for name in places if not list(check_name("", limit, name, SETTINGS))]
    suggestions = {name: suggest_scoped(name, "dev", "shop") for name in names}
    problems = {
        name: [str(problem) for problem in check_name("", limit, eval(each, SCOPE), SETTINGS)]  # noqa: S307
        for name, each in suggestions.items()
        if each
    }
    assert len(problems) > 9
    assert {name: each for name, each in problems.items() if each} == {}


def handle(event: object, context: object) -> None: ...


def build_app(name: object) -> Domovoi:
    app = Domovoi()
    app.sqs_queue_subscriber(name)(handle)  # type: ignore[arg-type]
    return app


def list_warnings(name: object) -> list[str]:
    return [notice.message for notice in find_warnings(build_app(name).freeze(), SETTINGS)]


def test_warning_tells_a_name_of_one_stage_from_a_name_of_all() -> None:
    assert list_warnings("orders-dev") == [
        "the SQS queue 'orders-dev' contains the name of the stage dev, but all stages share app/: "
        "use scoped('orders', form='{name}-{stage}') to give each stage its own"
    ]
    assert list_warnings("orders") == [
        "each of the stages dev, prod would create the SQS queue 'orders', which can exist only once in an "
        "account and Region: use scoped('orders') to give each stage its own"
    ]
    assert list_warnings(scoped("orders", form=FORM)) == []


WAYS = "manage_notification=False, sns_topic= or use_eventbridge=True"
ONE = "which has only one, and erase the"


def list_notification_warnings(
    bucket: object, stages: tuple[str, ...] = ("dev",), **options: Any
) -> list[str]:
    app = Domovoi()
    app.s3_event_handler(bucket, ["s3:ObjectCreated:*"], **options)(handle)  # type: ignore[arg-type]
    if options.get("sns_topic") or bucket == "shared":
        app.s3_event_handler("shared", ["s3:ObjectRemoved:*"], sns_topic="raw", name="other")(handle)
    settings = Settings(app_name="shop", stage="dev", stages=stages)
    return [notice.message for notice in find_warnings(app.freeze(), settings)]


def test_notification_of_a_bucket_that_stages_share_is_a_warning() -> None:
    both = ("dev", "prod")
    assert list_notification_warnings("photos", both) == [
        f"each of the stages dev, prod would write the notification of the bucket photos, {ONE} entries of "
        f"the others: give each its own with scoped() or variable(), or use {WAYS}"
    ]
    assert list_notification_warnings("photos") == []
    assert list_notification_warnings(scoped("photos"), both) == []
    assert list_notification_warnings(variable("bucket"), both) == []
    for remedy in ({"manage_notification": False}, {"sns_topic": "raw"}, {"use_eventbridge": True}):
        assert not any(
            "write the notification" in each for each in list_notification_warnings("a-b", both, **remedy)
        )


def test_notification_with_another_owner_is_a_warning() -> None:
    assert list_notification_warnings("shared", use_sns=False) == [
        f"the app would write the notification of the bucket shared, {ONE} entry for the topic raw: use "
        f"{WAYS} here"
    ]
    assert list_notification_warnings("shared", manage_notification=False) == []


def test_difference_between_stages_suggests_the_form() -> None:
    stages = {stage: build_app(f"orders-{stage}").freeze() for stage in ("dev", "prod")}
    (problem,) = find_differences(stages)
    assert problem.message == (
        "queue_name of handle is 'orders-dev' in stage dev, but 'orders-prod' in stage prod"
    )
    assert problem.remedy == (
        "All stages share one app/. Use scoped('orders', form='{name}-{stage}'), "
        "which is this name in every stage."
    )
    scoped_names = {stage: build_app(f"shop-{stage}-orders").freeze() for stage in ("dev", "prod")}
    (problem,) = find_differences(scoped_names, "shop")
    assert problem.remedy == (
        "All stages share one app/. Use scoped('orders'), which is this name in every stage."
    )
    others = {"dev": build_app("orders-dev").freeze(), "prod": build_app("sales-prod").freeze()}
    (problem,) = find_differences(others)
    assert problem.remedy == (
        "All stages share one app/. Use variable() or scoped() for names that differ by stage, and let "
        "handlers read other values from their environment."
    )


def render_app(app: Domovoi, stage: str) -> dict[str, str]:
    application, settings = app.freeze(), Settings(app_name="shop", stage=stage)
    assert str(ValidationError(validate(application, settings))) == ""
    files = render(synthesize(application, settings), assets.find_templates(), assets.find_modules())
    return {file.path: file.content.decode() for file in files}


def test_stage_is_an_input_which_the_root_sets_and_functions_get() -> None:
    app = build_app(scoped("orders", form="{name}-{stage}.fifo"))
    trees = {stage: render_app(app, stage) for stage in ("dev", "prod")}
    queue = '"orders-${var.stage}.fifo"\n'
    for stage, tree in trees.items():
        assert queue in tree["app/sqs.tf"]
        assert 'variable "stage" {' in tree["app/variables.tf"]
        assert "DOMOVOI_TF_VAR_stage = var.stage" in tree["app/lambda.tf"]
        assert f'  stage = "{stage}"\n' in tree[f"stages/{stage}/main.tf"]
        assert f"stages/{stage}/variables.tf" not in tree
    app_files = [{p: text for p, text in tree.items() if p.startswith("app/")} for tree in trees.values()]
    assert app_files[0] == app_files[1]


def test_app_without_such_a_name_has_no_input_for_the_stage() -> None:
    tree = render_app(build_app(scoped("orders")), "dev")
    assert not any("var.stage" in text for text in tree.values())
    own = render_app(build_app(variable("stage")), "dev")  # an input of the user's own
    assert "stage = var.stage" in own["stages/dev/main.tf"]


def list_problems(app: Domovoi) -> list[str]:
    return [f"{problem.message}. {problem.remedy}" for problem in validate(app.freeze(), SETTINGS)]


def test_variable_cannot_have_the_name_of_the_input_for_the_stage() -> None:
    app = build_app(scoped("orders", form=FORM))
    app.variable("stage")
    where = app.freeze().routes[0].location
    assert list_problems(app) == [
        f"variable('stage') has the name of the input for the stage, which a name at {where} needs. "
        "Choose another name."
    ]


def test_name_with_a_form_is_checked_with_the_stage() -> None:
    long = "x" * 77
    assert list_problems(build_app(scoped(long, form=FORM))) == [
        f"the SQS queue name '{long}-dev' has 81 characters. AWS allows at most 80."
    ]


def test_events_of_a_name_with_the_stage_reach_the_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_stage", "dev")
    app = build_app(scoped("orders", form=FORM))
    record = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders-dev"}
    assert app({"Records": [record]}, None) is None


@pytest.mark.parametrize("form", [FORM, "{stage}_{name}", "{name}.{stage}"])
def test_name_with_a_form_has_other_labels_and_keys_than_one_without(form: str) -> None:
    app = Domovoi()
    queue = form.replace(".", "-")
    for number, each in enumerate([scoped("x"), scoped("x", form=queue)]):
        app.sqs_queue_subscriber(each, name=f"read_{number}")(handle)
        app.scheduled_function("rate(1 day)", rule_name=each, timezone="UTC", name=f"tick_{number}")(handle)
    for number, each in enumerate([scoped("in"), scoped("in", form=form)]):
        app.s3_event_handler(each, CREATED, "a/", name=f"queue_{number}", use_sqs=True)(handle)
        app.s3_event_handler(each, CREATED, "b/", name=f"call_{number}", use_sns=False)(handle)
    tree = render_app(app, "dev")
    key = queue.format(name="x", stage="stage")
    label = make_label(key)
    assert f'resource "aws_sqs_queue" "{label}" {{' in tree["app/sqs.tf"]
    outputs = " ".join(tree["app/outputs.tf"].split())
    assert "x = aws_sqs_queue.x.arn" in outputs
    assert f"{key} = aws_sqs_queue.{label}.arn" in outputs


def test_names_that_differ_in_their_form_are_told_apart() -> None:
    app = build_app(scoped("orders", form=FORM))
    app.sqs_queue_subscriber("orders-dev")(other)
    assert list_problems(app) == [
        "other and handle "
        f"({app.freeze().routes[0].location}) both receive the events of sqs orders-dev. "
        "Rename one of the sources: their events carry the same name."
    ]


def other(event: object, context: object) -> None: ...
