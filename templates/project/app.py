"""The app's handlers. Each decorator declares an event source, and Terraform creates everything it needs."""

import domovoi_tf

app = domovoi_tf.Domovoi()


@app.scheduled_function("rate(5 minutes)")
def tick(event, context):
    context.log(f"It is {event['time']}.")


# A topic that the app owns, <app>-<stage>-orders:
#
# @app.sns_topic_subscriber(domovoi_tf.scoped("orders"))
# def order(event, context):
#     for record in event["Records"]:
#         context.log(record["Sns"]["Message"])


# New objects in a bucket that the app owns, <app>-<stage>-uploads:
#
# @app.s3_event_handler(domovoi_tf.scoped("uploads"), ["s3:ObjectCreated:*"], create=True)
# def uploaded(event, context):
#     for record in event["Records"]:
#         context.log(record["s3"]["object"]["key"])
