"""What a page says beside what it said: its versions, and any two of them compared (``scrapy diff``)."""
