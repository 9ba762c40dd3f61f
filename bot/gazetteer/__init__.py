"""Places ready to be loaded: border crossings of our own list, and the towns of GeoNames."""
