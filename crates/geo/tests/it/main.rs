//! Integration tests of `geo`.
