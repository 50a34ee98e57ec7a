"""Shows, edits and replays recorded events, for the commands of `events`."""
