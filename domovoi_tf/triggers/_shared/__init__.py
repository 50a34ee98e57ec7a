"""Helpers that several event source kinds share: expressions, attributes, sample events, resource types."""
