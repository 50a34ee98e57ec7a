"""The commands that run Terraform: init, validate, plan, apply, drift, destroy, output and backend."""
