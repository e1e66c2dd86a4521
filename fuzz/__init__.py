"""Fuzzing of every parser that reads what strangers wrote: see fuzz/README.md."""
