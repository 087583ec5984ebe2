//! Whimbrel's `link`: bytes to MAVLink conversations and back.
