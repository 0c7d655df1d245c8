"""Documents as offices write them: the page of an official letter. Knows no room and no Django."""
