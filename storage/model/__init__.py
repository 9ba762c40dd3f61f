"""The pure core: plain data and functions, with no input or output, clock or randomness."""
