"""What makes schedules fire: the time, events, files and calls. One file each, made by ``factories.py``."""
