"""Figures as ratios: what Citekeep does beside a peer or a physical limit, in one run on one machine."""
