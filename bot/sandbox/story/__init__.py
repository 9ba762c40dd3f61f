"""The story of June 2014, as data in the import format and as steps to play."""
