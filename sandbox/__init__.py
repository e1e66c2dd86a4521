"""A small web and a stand-in Wayback Machine on loopback, for the example run and the tests."""
