"""What runs inside Lambda: finds an event's handlers and calls them. Standard library only."""
