"""Lets the debugger of an editor into the child processes of `domovoi-tf dev`, at one port that stays.

The child processes come and go: a saved file replaces them. So the editor attaches to a process that stays,
the hub, and debugpy's adapter presents the others as processes that the hub has started.
"""
