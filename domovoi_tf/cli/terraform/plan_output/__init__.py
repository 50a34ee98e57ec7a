"""Prints plans, as text, Markdown or JSON: those of a stage, and those that are read from a file."""
