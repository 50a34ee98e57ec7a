"""S3 bucket notifications: event types, filters, records, and the routes by which they reach a function."""
