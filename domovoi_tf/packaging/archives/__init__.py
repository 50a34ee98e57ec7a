"""Makes the zips of a package in memory, keeps compressed files in the cache, and writes both."""
