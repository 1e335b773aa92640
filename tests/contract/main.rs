//! Contract tests: every operation against the vendor's own samples.
//!
//! Each operation has one fixture: what a caller gives, the request that must come of it, and the documented answer.
//! A fixture is made from the vendor's page, never from our own output; its `source` says from where.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod catalogue;
mod checks;
mod errors;
mod fixture;
mod mutants;
mod requests;
mod responses;
