"""Bounds: a server that sends too much, too slowly or for ever, all of it at once, and what a crawl makes of it."""
