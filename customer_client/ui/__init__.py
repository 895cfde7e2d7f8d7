"""The customer's window: tkinter only, so that it is on screen before anything heavy is imported."""
