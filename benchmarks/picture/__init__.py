"""The picture benchmark: the same scenes through Deskside and two VNC servers, seen by the viewer's own display."""
