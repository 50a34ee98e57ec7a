"""Renders a stack with Jinja and writes the tree.

Templates see the stack and never the application model. This is the only stage that changes the user's output
folder.
"""
