"""What intake decides: what front-ends may send, under which ids it is kept, and why it is refused."""
