//! Tests of the whole of `mosaic` from outside.
