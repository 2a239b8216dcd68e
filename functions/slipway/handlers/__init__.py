"""One Lambda entry point a file, named after its state: parse, call the step of the same name, serialise."""
