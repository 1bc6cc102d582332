//! Unit suites of the domain.
