"""The commands that run Terraform in a stage's folder, and those for remote state."""
