"""Where attempts run: worker processes, or the calling process."""
