"""What keeps results: the file system, or memory for tests."""
