"""Event patterns, filter criteria and filter policies: their grammar, operators and samples."""
