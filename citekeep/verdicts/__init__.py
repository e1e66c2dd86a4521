"""What one check of a link saw: the table of verdicts, and the pure function that picks one of them."""

from citekeep.verdicts.judge import judge
from citekeep.verdicts.observation import Observation, Verdict, observation_of, with_page

__all__ = ["Observation", "Verdict", "judge", "observation_of", "with_page"]
