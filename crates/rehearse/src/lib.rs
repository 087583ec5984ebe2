//! Whimbrel's `rehearse`: a mission in, evidence out.
