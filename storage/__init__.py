"""What is known: the event store and what follows from it."""
