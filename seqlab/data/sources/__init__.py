"""Files of datasets: locations, downloads, archives, encodings."""
