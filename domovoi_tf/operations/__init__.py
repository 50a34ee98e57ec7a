"""Works with what is deployed: invocations, logs, executions and dead letter queues.

It finds deployed functions by their names and calls AWS with a client that it is given. It does not change
the infrastructure, and it prints nothing.
"""
