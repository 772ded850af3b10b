//! Scaling on one machine: files as the API, processes as replicas.
