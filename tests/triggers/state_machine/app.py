"""State machines and every option of theirs; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {"DOMOVOI_TF_NAME": "state_machine-dev"}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)

brewery = {
    "Comment": 'Survives: ${x} %{y} "quoted" \\ é',
    "StartAt": "Mash",
    "States": {
        "Mash": {"Type": "Task", "Resource": None, "Next": "Boil"},
        "Boil": {
            "Type": "Task",
            "Parameters": {"minutes": 60, "wort.$": "$.wort"},
            "ResultPath": "$.boiled",
            "Retry": [{"ErrorEquals": ["Overboiling"], "MaxAttempts": 2}],
            "End": True,
        },
    },
}


@app.step_function_task("Mash", brewery)
def mash(event, context):
    return "mash", event


@app.step_function_task("Boil", brewery, function=reports)
def boil(event, context):
    return "boil", event


def fill(event, context):
    return "fill", event


app.register_state_machine(
    {
        "QueryLanguage": "JSONata",
        "StartAt": "Fill",
        "States": {
            "Fill": {"Type": "Task", "Resource": fill, "Output": "{% $states.result[1] %}", "End": True}
        },
    },
    "bottling",
    type="EXPRESS",
    log_level="ERROR",
    include_execution_data=True,
    tracing=True,
    policy=[{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::labels/${x}/*"]}],
)


def expected(event):
    return "mash", event["input"]


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"input"}
