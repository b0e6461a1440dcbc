"""How many launches a server bears, beside PyLTI1p3 used as its documentation shows. Run by `make bench-launch`."""
