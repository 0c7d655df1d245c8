"""What one place's words, code lists and policies are: data files, loaded by whoever starts a run."""
