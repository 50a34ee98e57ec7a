"""The commands that run Terraform in a stage's folder: init to output, drift, and backend."""
