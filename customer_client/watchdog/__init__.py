"""A small process beside the customer's program: no key stays down and no screen stays shared when that one hangs."""
