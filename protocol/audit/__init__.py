"""The record: two signed lanes of events, the file they are kept in and the verifier. Pure but for `verify_command`."""
