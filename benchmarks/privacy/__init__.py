"""Pictures of the papers around a log's proof and an event's end."""
