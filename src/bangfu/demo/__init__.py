"""Invented towns as files, with the truth about every fault planted in them."""
