"""Opens boto3 sessions with the identity that Terraform has: its profile, its web identity and its roles.

Knows the arguments that the AWS provider and the s3 backend share, and nothing of the app.
"""
