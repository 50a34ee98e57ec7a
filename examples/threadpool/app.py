"""Scatter and gather: sixty-four workers in parallel, each with a share of the work."""

import domovoi_tf

WORKERS = 64

app = domovoi_tf.Domovoi()

state_machine = {
    "Comment": "Counts the primes below a limit",
    "StartAt": "Scatter",
    "States": {
        "Scatter": {"Type": "Task", "Next": "Threadpool"},
        "Threadpool": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": f"Worker{number}",
                    "States": {
                        f"Worker{number}": {
                            "Type": "Task",
                            "Parameters": {"share.$": f"$.shares[{number}]"},
                            "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 6}],
                            "End": True,
                        }
                    },
                }
                for number in range(WORKERS)
            ],
            "Next": "Gather",
        },
        "Gather": {"Type": "Task", "End": True},
    },
}


@app.step_function_task("Scatter", state_machine)
def scatter(event, context):
    size = -(-event["limit"] // WORKERS)
    starts = range(0, size * WORKERS, size)
    return {"shares": [[start, min(start + size, event["limit"])] for start in starts]}


def work(event, context):
    primes = sum(map(is_prime, range(*event["share"])))
    return {"worker": context.stepfunctions_task_name, "primes": primes}


for number in range(WORKERS):
    app.step_function_task(f"Worker{number}", state_machine)(work)


@app.step_function_task("Gather", state_machine)
def gather(event, context):
    return {
        "primes": sum(result["primes"] for result in event),
        "workers": [result["worker"] for result in event],
    }


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
