"""The commands for what is deployed: invoke, logs, executions, dlq and open."""
