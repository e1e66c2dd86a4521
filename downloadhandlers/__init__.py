"""How a request is sent and what is noted of it."""
