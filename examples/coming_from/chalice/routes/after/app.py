"""The same routes behind a function URL, resolved by Powertools for AWS Lambda."""

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver

from domovoi_tf import Domovoi

app = Domovoi()
api = LambdaFunctionUrlResolver()


@api.get("/orders/<number>")
def read(number: str):
    return {"number": number}


@api.post("/orders")
def create():
    return {"beers": api.current_event.json_body["beers"]}


@app.function_url(auth="AWS_IAM")
def shop(event, context):
    return api.resolve(event, context)
