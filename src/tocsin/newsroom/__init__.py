"""From a due source to a verdict and a draft; what editors begin, merge and rehearse."""
