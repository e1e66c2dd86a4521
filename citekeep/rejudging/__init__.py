"""Stored captures extracted and judged anew, by the rules of today, without the network (``scrapy rejudge``)."""
