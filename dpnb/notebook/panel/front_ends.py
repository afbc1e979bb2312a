"""Which front end there is, as far as it makes a difference."""

from __future__ import annotations

import os
import sys


def needs_views() -> bool:
    """Tell whether widgets live only where they are displayed.

    Visual Studio Code and Colab load what widgets need with the first view that is displayed, and have each output in
    a page of its own. JupyterLab, Notebook and Voila make every model at once.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return "google.colab" in sys.modules or "__vsc_ipynb_file__" in getattr(shell, "user_ns", {})


def is_voila() -> bool:
    """Tell whether Voila shows the notebook: it executes it as a program does, and then leaves the page to its kernel.

    Nothing that is displayed can be replaced there afterwards, while widgets live on.
    """
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")
