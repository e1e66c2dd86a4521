"""Citekeep's core: everything that can be tested without Scrapy. It prints nothing and knows no command line."""

__version__ = "0.1.0"
