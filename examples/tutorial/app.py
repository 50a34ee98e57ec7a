"""Takes orders from a topic, and delivers them."""

import json

import domovoi_tf

app = domovoi_tf.Domovoi()
PRICES = {"pen": 2, "notebook": 5}


@app.sns_topic_subscriber(domovoi_tf.scoped("orders"))
def accept_order(event, context):
    order = json.loads(event["Records"][0]["Sns"]["Message"])
    if order["item"] not in PRICES:
        context.log(f"There is no {order['item']}.")
        return
    total = PRICES[order["item"]] * order["quantity"]
    context.log(f"{order['quantity']} of {order['item']}: {total} euros")
    app.state_machine.start_execution(**order)


DELIVERY = {
    "StartAt": "Pack",
    "States": {
        "Pack": {"Type": "Task", "Next": "Ship"},
        "Ship": {"Type": "Task", "End": True},
    },
}


@app.step_function_task("Pack", DELIVERY)
def pack(order, context):
    return {**order, "weight": 20 * order["quantity"]}


@app.step_function_task("Ship", DELIVERY)
def ship(order, context):
    context.log(f"Shipping {order['weight']} grams of {order['item']}.")
