"""WARC 1.1 (ISO 28500:2017): every exchange as the bytes went and came, written off the event loop, read back by place."""
