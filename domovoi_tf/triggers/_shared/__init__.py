"""What several kinds of event sources share."""
