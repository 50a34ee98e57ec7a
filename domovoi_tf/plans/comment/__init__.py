"""Renders plans for comments on pull requests, within the length that GitHub accepts."""
