-- With what a server is asked whether a requisite is as it was when it was last captured whole.
ALTER TABLE requisites ADD COLUMN etag TEXT;
ALTER TABLE requisites ADD COLUMN last_modified TEXT;
