"""Queues and brokers: within this process, between processes, and on servers."""
