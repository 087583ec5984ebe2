//! Whimbrel's `testkit`: a seeded world in virtual time, for tests only.
