//! Where a trigger's secrets and environment come from.
