"""Every option of a load balancer's target; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {"DOMOVOI_TF_NAME": "alb-dev", "DOMOVOI_TF_VAR_shop_host": "shop.dev.example.com"}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.alb_target()
def anything(event, context):
    return "anything", event


@app.alb_target("/lambda")
def run(event, context):
    return "run", event


@app.alb_target("/lambda", host="*.example.com")
def run_elsewhere(event, context):
    return "run_elsewhere", event


@app.alb_target("/lambda/$a.b_c~\"'@:+&-/v2", host=domovoi_tf.variable("shop_host"))
def shop(event, context):
    return "shop", event


@app.alb_target(host=domovoi_tf.scoped("bar.example.com"), priority=2)
def lambda_bar(event, context):
    return "lambda_bar", event


@app.alb_target("/menu", host="bar.example.com")
@app.alb_target("/card", host="bar.example.com")
def serve_the_menu(event, context):
    return "serve_the_menu", event


@app.alb_target("/card/wine", multi_value_headers=True)
def list_wines(event, context):
    return "list_wines", event


@app.alb_target("/lambda/reports", priority=1, function=reports)
def report(event, context):
    return "report", event


def expected(event):
    return "run", event


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"headers", "queryStringParameters"}
