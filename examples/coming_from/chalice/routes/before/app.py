"""Routes of Chalice."""

from chalice import Chalice

app = Chalice(app_name="shop")


@app.route("/orders/{number}")
def read(number):
    return {"number": number}


@app.route("/orders", methods=["POST"])
def create():
    return {"beers": app.current_request.json_body["beers"]}
