"""``scrapy <file name>``: parse options, call the core, print. One command class per file."""

from citekeep.printed import end_in_a_sentence

end_in_a_sentence()
