"""``scrapy <file name>``: parse options, call the core, print. One command class per file."""
