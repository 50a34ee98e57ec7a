"""The commands that deploy: deploy, package, doctor and local."""
