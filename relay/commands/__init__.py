"""What the `deskside-relay` command can do, one module per subcommand."""
