//! Whimbrel's `ground`: the shell on the ground: sockets, HTTP, jobs, the console.
