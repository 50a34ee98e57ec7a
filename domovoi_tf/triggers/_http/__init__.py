"""The addresses at which handlers of HTTP requests are reached, which commands print."""
