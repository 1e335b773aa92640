//! The client: one pipeline for every operation of every vendor.
