"""Works with deployed resources: invocations, logs, executions and dead-letter queues.

Finds deployed functions by their names and calls AWS with the client of an account. It does not change the
infrastructure, and it prints nothing.
"""
