//! Suites of the notifier.
