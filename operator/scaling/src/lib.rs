//! Pure scaling decisions: activation, cooldown, fallback, modifiers, HPA maths.
