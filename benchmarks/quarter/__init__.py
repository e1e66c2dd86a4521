"""A quarter of a year of a newsroom's archive, in minutes: a made-up world, real runs on turned clocks, a judge at the end."""
