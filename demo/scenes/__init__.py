"""What technician and customer do together before control is granted, one module for each scene."""
