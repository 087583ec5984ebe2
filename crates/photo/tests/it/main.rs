//! Integration tests of `photo`.
