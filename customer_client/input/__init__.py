"""Remote input on the customer's machine: when it is allowed, how it is injected, who was at the keyboard."""
