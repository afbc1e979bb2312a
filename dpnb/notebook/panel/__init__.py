"""A run as one watches it: the DAG in colours that change, progress, a timeline, and each task's details on a click.

::

    ledger ──events──▶ Feed (a thread) ──apply──▶ RunSnapshot ──board──▶ RunPanel's traits ──▶ panel.js
                                                                             ▲                    │
                                              details, cancel, rerun, resume └─── Clicks ◀────────┘

The picture is laid out and sent once. Afterwards a letter for each task travels, at most ten times a second. A `Place`
puts the panels into an output, and static pictures in their place once their runs have ended.
"""

from __future__ import annotations

from dpnb.notebook.panel.showing import show_run, watch

__all__ = ["show_run", "watch"]
