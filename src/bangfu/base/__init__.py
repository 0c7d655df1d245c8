"""What every room stands on: the page's furniture, the clock, the trail."""
