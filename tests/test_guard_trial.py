"""A short run of ``python -m benchmarks.guard``: every way inside, on real sockets, with traps where it would come out."""

from benchmarks.guard.trial import run


async def test_nothing_gets_in(tmp_path):
    trial = await run(tmp_path, few=True)
    wrong = {url: told for kind in trial.kinds.values() for url, told in kind.wrong.items()}
    assert wrong == {}
    assert trial.reached == 0
    assert trial.decoys > 0, "what is allowed was reached: the guard is what kept the rest out"
    assert sum(kind.refused for kind in trial.kinds.values()) > 50, trial.output
