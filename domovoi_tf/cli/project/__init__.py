"""The commands that work on a project's files (new-project, show, config, render), and completion."""
