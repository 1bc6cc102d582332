//! Suites of the classifier.
