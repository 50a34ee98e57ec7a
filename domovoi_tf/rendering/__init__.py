"""Renders a stack with Jinja and writes the tree.

Templates see the stack, never the application model. No other folder writes or removes rendered files.
"""
