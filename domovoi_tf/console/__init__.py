"""Serves the console: pages that show the events, state machines, queues, logs and Terraform of a stage.

`application` makes the web application, and `server` listens on a loopback port. `security` decides which
requests are answered; `feed` sends changes to the open pages, and `views` reads the data of each view.
`ports` declares the interface of a running `dev`. The folder needs the extra `local`, so only commands with
a console import it, when they run.
"""
