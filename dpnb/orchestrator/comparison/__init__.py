"""How two runs differ: tasks, parameters, code, timings and results, each as a DataFrame, and together as a display."""
