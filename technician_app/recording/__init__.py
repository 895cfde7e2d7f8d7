"""Recording a session, and playing recordings. No Qt; runs on the network thread unless a module says otherwise."""
