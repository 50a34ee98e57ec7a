"""Reads the state machine definitions that an app refers to by path: JSON and YAML files of the project."""
