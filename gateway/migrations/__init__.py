"""The database's history. Ships with the package, so that `serve` can bring a database up to date."""
