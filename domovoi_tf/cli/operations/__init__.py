"""The commands for deployed resources: invoke, logs, executions, dlq and open."""
