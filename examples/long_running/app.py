"""Work that takes longer than a Lambda function can run: it saves its state and continues in the next run."""

import time

import domovoi_tf

MARGIN = 2000  # milliseconds to keep at the end of a run, enough to return the state

app = domovoi_tf.Domovoi()

state_machine = {
    "Comment": "Runs a worker again and again until its work is done",
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Retry": [{"ErrorEquals": ["Lambda.ServiceException", "Lambda.SdkClientException"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
            "Next": "Done?",
        },
        "Done?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Finished"}],
            "Default": "Pause",
        },
        "Pause": {"Type": "Wait", "Seconds": 5, "Next": "Work"},
        "Finished": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "WorkFailed"},
    },
}


@app.step_function_task("Work", state_machine)
def work(state, context):
    state = {"position": 0, "sum": 0, "runs": 0, **state}
    state["runs"] += 1
    while state["position"] < state["length"]:
        if context.get_remaining_time_in_millis() < MARGIN:
            return {**state, "done": False}
        state["sum"] += measure(state["position"])
        state["position"] += 1
    return {**state, "done": True}


def measure(position):
    time.sleep(0.05)  # stands for a slow call
    return position


@app.scheduled_function("cron(0 3 * * ? *)")
def start(event, context):
    app.state_machine.start_execution(length=100000)
