"""Runs events in child processes: one process, its log, and the pool of a function's processes."""
