"""Can any eager model be recorded? Shown on all of `torch.nn` and much of `transformers`."""
