"""The folder that goes back on the stick: made here, and checked here by whoever receives it."""
