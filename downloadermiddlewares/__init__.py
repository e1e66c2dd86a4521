"""What a request passes before it is sent: robots.txt, hops, a cookie jar for each check."""
