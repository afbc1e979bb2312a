"""Runs attempts on a Dask cluster: Dask carries them to machines, and on each of them dpnb's own pool runs them.

::

    notebook                                 scheduler          Dask worker                     worker processes
    driver ── DaskSession.start ── submit ──────▶ ───────────▶ attend(order) ─ Host ── pool ──▶ the task's function
           ◀─ words: begun, log, said, over ◀── events ◀───── log_event  ◀─────────────┘

One call of Dask is one attempt, and ends with it; what it says comes by Dask's events, a few of them an attempt. So
every promise of the pool holds on a cluster too: deadlines are enforced where the attempt runs, what it prints, whoever
prints it, is in its log, and a task that takes its process down takes nothing else with it.

**Attempts are counted here, not twice.** Dask runs again what was on a worker that it loses. A plugin of the scheduler
(`plugin.py`) has it give up at once instead; what had begun there has failed, what only waited there starts elsewhere.

**Results lie where the notebook finds them, if there is such a place.** Each worker is asked, by a value that the
notebook stores and an answer that the notebook reads, whether it shares the workspace's storage. Where one does not,
results stay in Dask as the bytes of their files, go from worker to worker as Dask's own data do, and come to the
notebook when it first reads them (`kept.py`).
"""
