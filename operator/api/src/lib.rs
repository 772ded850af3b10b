//! The objects users write: KEDA's keda.sh/v1alpha1 kinds and Penstock's own.
