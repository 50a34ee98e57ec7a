"""Binds ports of the loopback interface, and serves on them. No other machine can reach them."""

HOST = "127.0.0.1"
