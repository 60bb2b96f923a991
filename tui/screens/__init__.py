"""One screen a file. Each takes a value and returns a value; none calls token, stick or log."""
