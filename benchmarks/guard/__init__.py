"""The address guard against addresses, notations, names, redirects and changing answers, on real sockets."""
