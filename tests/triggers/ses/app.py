"""Every option of a receipt rule; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "ses-dev",
    "DOMOVOI_TF_VAR_rule_set": "inbound",
    "DOMOVOI_TF_VAR_last_rule": "the-last",
    "DOMOVOI_TF_VAR_support_domain": "Support.example.net",
}

app = domovoi_tf.Domovoi()
archive = app.function("archive", memory_size=1024, timeout=900)
desk = app.function("desk")


@app.email_receipt_handler(["JohnDoe@example.com", "${no}+%{no}'\"\\@example.com"], rule_set_name="inbound")
def john(event, context):
    return "john", event


@app.email_receipt_handler(rule_set_name="inbound", after=domovoi_tf.scoped("john"), function=archive)
def keep(event, context):
    return "keep", event


@app.email_receipt_handler(
    [domovoi_tf.variable("support_domain"), ".support.example.org"],
    rule_set_name=domovoi_tf.scoped("rules"),
    after="somebody-s.rule",
    scan=False,
    tls=True,
)
def support(event, context):
    return "support", event


@app.email_receipt_handler(["example.org"], rule_set_name="inbound", after=domovoi_tf.scoped("keep"))
def lambda_mail(event, context):
    return "lambda_mail", event


@app.email_receipt_handler(
    ["johndoe@example.com"],
    rule_set_name=domovoi_tf.scoped("rules"),
    after=domovoi_tf.scoped("support"),
    function=desk,
)
@app.email_receipt_handler(
    ["post@example.com"], rule_set_name="inbound", after=domovoi_tf.scoped("lambda_mail")
)
def both(event, context):
    return "both", event


@app.email_receipt_handler(
    ["x@example.com"],
    rule_set_name=domovoi_tf.variable("rule_set"),
    after=domovoi_tf.variable("last_rule"),
)
def elsewhere(event, context):
    return "elsewhere", event


def expected(event):
    return "john", event


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"Records/ses/mail/headers/name", "Records/ses/mail/headers/value"}
#: Fields that AWS documents and its example lacks.
MORE = {"Records/ses/receipt/dmarcVerdict", "Records/ses/receipt/dmarcVerdict/status"}
