"""The promise, proved with real processes: nothing lost, nothing twice."""
