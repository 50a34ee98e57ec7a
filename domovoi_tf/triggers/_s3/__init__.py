"""S3 notifications, and the ways by which they reach a function."""
