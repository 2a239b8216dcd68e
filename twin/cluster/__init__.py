"""The embedded cluster in three rooms: `apiserver`, and its ordinary clients `controllers` and `node`, each of which the real one can replace."""
