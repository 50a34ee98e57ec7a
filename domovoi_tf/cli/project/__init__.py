"""The commands that work on a project: new-project, show, render, config and completion."""
