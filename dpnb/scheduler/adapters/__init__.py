"""What stands in for the world in tests: a clock that is moved by hand, a trigger with a list of instants."""
