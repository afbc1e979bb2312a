"""The routes, one file for each subject; each has a `router`."""
