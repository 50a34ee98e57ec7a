"""The quotas of AWS that many handlers of a kind reach. Only checks import them: Lambda does not."""
