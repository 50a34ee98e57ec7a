"""Every option of a subscription filter; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {
    "DOMOVOI_TF_NAME": "logs-dev",
    "DOMOVOI_TF_VAR_cellar_log_group_arn": "arn:aws:logs:us-east-1:123456789012:log-group:/bar/cellar:*",
}

app = domovoi_tf.Domovoi()
reports = app.function("reports", memory_size=1024, timeout=900)


@app.cloudwatch_logs_sub_filter_handler("/bar/till", "{ $.level = 8 }")
def watch(event, context):
    return "watch", event


@app.cloudwatch_logs_sub_filter_handler("testlogs", '"${no} $${no} %{no}" ?\\ \n🍺\u2028', create=True)
def own(event, context):
    return "own", event


@app.cloudwatch_logs_sub_filter_handler(domovoi_tf.scoped("door"), "", create=True)
def doorman(event, context):
    return "doorman", event


@app.cloudwatch_logs_sub_filter_handler(domovoi_tf.scoped("archive.#1"), "")
def archive(event, context):
    return "archive", event


@app.cloudwatch_logs_sub_filter_handler(domovoi_tf.variable("cellar_log_group_arn"), "ERROR")
def descend(event, context):
    return "descend", event


@app.cloudwatch_logs_sub_filter_handler("/bar/1", "ERROR", filter_name="domovoi cwl filter")
@app.cloudwatch_logs_sub_filter_handler("/bar/2", "ERROR", filter_name=domovoi_tf.scoped("errors"))
def lambda_bars(event, context):
    return "lambda_bars", event


@app.cloudwatch_logs_sub_filter_handler("/bar/till", "{ $.level = 9 }", function=reports)
def count(event, context):
    return "count", event


def expected(event):
    events = [
        ("31953106606966983378809025079804211143289615424298221568", 1432826855000),
        ("31953106606966983378809025079804211143289615424298221569", 1432826855001),
    ]
    return "own", {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "testlogs",
        "logStream": "111111111111_CloudTrail/logs_us-east-1",
        "subscriptionFilters": ["logs-dev-own"],
        "logEvents": [
            {"id": id, "timestamp": timestamp, "message": '{"eventVersion":"1.03","drink":"Grüner 🍺"}'}
            for id, timestamp in events
        ],
    }
