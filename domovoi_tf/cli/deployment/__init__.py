"""The commands that deploy an app or prepare its deployment: deploy, package, doctor and local."""
