"""The archive as a whole: what each run did, what is wrong, backups, the sums of WARCs. No Scrapy."""
