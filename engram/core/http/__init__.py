"""What calls over HTTP share: they can be ended from another thread. Begin with `hang_up`."""
