//! The tests of `link`.

mod frames;
