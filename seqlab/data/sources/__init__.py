"""Where a dataset's files come from: locations, downloads, archives, encodings."""
