"""Every option of a schedule; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "schedule-dev",
    "DOMOVOI_TF_VAR_tasting_rule": "tasting",
    "DOMOVOI_TF_VAR_opening": "opening",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.scheduled_function("rate(1 minute)")
def heartbeat(event, context):
    return "heartbeat", event


@app.scheduled_function(
    "cron(0/15 18-23 ? * MON-FRI,SUN *)",
    rule_name="close.of-business_1",
    description='Says "last orders": ${not} $${a} %{ if template } \\ %%{\n\tend 🍺\u2028\x01',
)
def últimas_órdenes(event, context):
    return "últimas_órdenes", event


@app.scheduled_function(
    "rate(7 days)",
    rule_name=domovoi_tf.scoped("stocktake"),
    input={
        "depth": [1, 2.5, -3e-7, True, None, {"a key": [], "for": {}}],
        "${key}": 'a "quoted" \\ ${value}\r\n<script>&',
        "empty": "",
        "long": ["a list of items", "that does not fit", "the line of a hundred characters", "and is broken"],
    },
    enabled=False,
    function=reports,
)
def stocktake(event, context):
    return "stocktake", event


@app.scheduled_function("cron(0 12 L * ? 2030)", domovoi_tf.variable("tasting_rule"), function=reports)
def tasting(event, context):
    return "tasting", event


@app.scheduled_function("rate(2 hours)", input=False, target_id=domovoi_tf.scoped("clean"))
@app.scheduled_function("rate(12 hours)", rule_name="half-daily", target_id="half-daily.1")
def lambda_cleaning(event, context):
    return "lambda_cleaning", event


@app.scheduled_function("cron(0 9 ? * MON-FRI *)", timezone="Europe/Vienna")
def breakfast(event, context):
    return "breakfast", event


@app.scheduled_function(
    "at(2030-12-31T23:59:59)",
    rule_name="new-year.s_eve",
    timezone="America/Argentina/Buenos_Aires",
    input={"time": "<aws.scheduler.scheduled-time>", "${key}": ["a", None]},
    enabled=False,
    description='Says "cheers": ${not} %{ if template } \\',
    function=reports,
)
def toast(event, context):
    return "toast", event


@app.scheduled_function("at(2030-01-01T08:00:00)", domovoi_tf.variable("opening"))
@app.scheduled_function("rate(1 day)", rule_name=domovoi_tf.scoped("rounds"), timezone="UTC")
def open_up(event, context):
    return "open_up", event


def expected(event):
    return "heartbeat", event["event"]
