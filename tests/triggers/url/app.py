"""Every option of a function URL; the handlers return their name and what they got."""

import domovoi_tf

ENVIRONMENT = {}

app = domovoi_tf.Domovoi()
api = app.function("api", memory_size=1024, timeout=900)
stream = app.function("stream")


@app.function_url()
def answer(event, context):
    return "answer", event


@app.function_url(
    auth="NONE",
    cors={
        "allow_credentials": True,
        "allow_headers": ["x-${no}", "x-%{no}"],
        "allow_methods": ["GET", "POST"],
        "allow_origins": ["https://example.com", 'https://"\\'],
        "expose_headers": ["date"],
        "max_age": 86400,
    },
    function=api,
)
def serve(event, context):
    return "serve", event


@app.function_url(auth="NONE", invoke_mode="RESPONSE_STREAM", function=stream)
def lambda_stream(event, context):
    return "lambda_stream", event


def expected(event):
    return "answer", event


#: Paths of an event whose content is the sender's: it has no fixed form.
FREE = {"headers", "queryStringParameters", "requestContext/authorizer/iam"}
#: Fields of AWS's example that only some events have.
LESS = {"cookies", "pathParameters", "queryStringParameters", "stageVariables"}
