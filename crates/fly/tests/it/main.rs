//! The tests of `fly`.
