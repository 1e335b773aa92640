//! One typed client for five signature and trust-service vendors.
