"""What the customer does not show: found, painted over before a picture leaves the capture, out of reach of input."""
