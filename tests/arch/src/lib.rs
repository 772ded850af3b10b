//! Checks that the tree keeps its shape.
