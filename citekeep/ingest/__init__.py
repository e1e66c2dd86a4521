"""Captures that others made, brought in from their WARCs and WACZs (``scrapy ingest``): read, judged, recorded, unasked."""
