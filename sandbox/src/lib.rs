//! The vendors as a Worker.
