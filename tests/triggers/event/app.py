"""Every option of an event pattern; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {"DOMOVOI_TF_NAME": "event-dev", "DOMOVOI_TF_VAR_orders_bus": "orders"}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.cloudwatch_event_handler(source=["aws.ecs"], target_id="tasks")
def tasks(event, context):
    return "tasks", event


@app.cloudwatch_event_handler(
    rule_name="bottles.empty-ed_1",
    event_bus_name="cellar/eu.1-a_b",
    description='Says "empty": ${not} $${a} %{ if template } \\',
    source=["cellar", {"prefix": "cellar."}],
    detail_type=("Bottle emptied", None),
    detail={
        "${key}": ['a "quoted" \\ ${value}\r\n<script>&'],
        "bottles": [{"numeric": [">", 0, "<=", 2.5]}, 7, True, None],
        "label": [
            {"suffix": {"equals-ignore-case": ".PNG"}},
            {"anything-but": {"wildcard": "*/lib/*"}},
            {"equals-ignore-case": "Trappist"},
        ],
        "address": {"ip": [{"cidr": "10.0.0.0/24"}], "name": [{"exists": False}]},
        "$or": [{"year": [1988]}, {"year": [{"anything-but": [1989, 1990]}]}],
    },
)
def vidée(event, context):
    return "vidée", event


@app.cloudwatch_event_handler(
    rule_name=domovoi_tf.scoped("replays"),
    event_bus_name=domovoi_tf.scoped("archive"),
    enabled=False,
    function=reports,
    replay_name=[{"exists": True}],
    **{"$or": [{"region": ["eu-west-1"]}, {"account": ["123456789012"]}]},
)
def replayed(event, context):
    return "replayed", event


@app.cloudwatch_event_handler(
    event_bus_name=domovoi_tf.variable("orders_bus"), source=["shop"], function=reports
)
@app.cloudwatch_event_handler(rule_name="orders-elsewhere", **{"detail-type": ["Order placed"]})
def order(event, context):
    return "order", event


def expected(event):
    return "tasks", event["event"]


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"event/detail", "event/resources"}
