"""From what is known to the text of a message: pure functions, one module a kind of message."""
