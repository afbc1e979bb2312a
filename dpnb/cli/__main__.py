"""``python -m dpnb.cli``."""

from dpnb.cli import main

main()
