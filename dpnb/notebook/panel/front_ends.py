"""Which front end there is, as far as it makes a difference."""

from __future__ import annotations

import sys


def needs_views() -> bool:
    """Tell whether widgets live only where they are displayed.

    Visual Studio Code and Colab load what widgets need with the first view that is displayed, and have each output in
    a page of its own. JupyterLab, Notebook and Voila make every model at once.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return "google.colab" in sys.modules or "__vsc_ipynb_file__" in getattr(shell, "user_ns", {})
