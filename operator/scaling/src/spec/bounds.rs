use super::ScalingSpec;

/// Replica bounds that contradict each other. The texts are KEDA's, capitals included, because
/// people search for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// The minimum is above the maximum.
    #[error("MinReplicaCount={min} must be less than MaxReplicaCount={max}")]
    MinAboveMax {
        /// The minimum as it counts: a given 0 counts as 1.
        min: u32,
        /// The maximum, or its default.
        max: u32,
    },
    /// The idle count is not below the minimum.
    #[error("IdleReplicaCount={idle} must be less than MinReplicaCount={min}")]
    IdleNotBelowMin {
        /// The idle count.
        idle: u32,
        /// The minimum as it counts: a given 0 counts as 1, none counts as 0.
        min: u32,
    },
}

impl BoundsError {
    /// Fixed word for conditions, events and labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MinAboveMax { .. } => "MinAboveMax",
            Self::IdleNotBelowMin { .. } => "IdleNotBelowMin",
        }
    }
}

impl ScalingSpec {
    /// Checks the replica bounds as KEDA's reconciler and webhook do: a minimum of 0 that is
    /// written down counts as 1, one left out as 0.
    ///
    /// # Errors
    /// When minimum, maximum and idle count contradict each other.
    pub fn check_bounds(&self) -> Result<(), BoundsError> {
        let min = self.min_replicas.map_or(0, |min| min.max(1));
        let max = self.horizontal_max();
        if min > max {
            return Err(BoundsError::MinAboveMax { min, max });
        }
        match self.idle_replicas {
            Some(idle) if idle >= min => Err(BoundsError::IdleNotBelowMin { idle, min }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(min: Option<u32>, max: Option<u32>, idle: Option<u32>) -> Result<(), String> {
        let spec = ScalingSpec {
            min_replicas: min,
            max_replicas: max,
            idle_replicas: idle,
            ..ScalingSpec::default()
        };
        spec.check_bounds().map_err(|e| e.to_string())
    }

    #[test]
    fn a_minimum_equal_to_the_maximum_is_allowed() {
        assert_eq!(check(Some(5), Some(5), None), Ok(()));
    }

    #[test]
    fn a_minimum_above_the_maximum_is_refused_in_kedas_words() {
        let text = "MinReplicaCount=6 must be less than MaxReplicaCount=5";
        assert_eq!(check(Some(6), Some(5), None), Err(text.into()));
        let text = "MinReplicaCount=101 must be less than MaxReplicaCount=100";
        assert_eq!(check(Some(101), None, None), Err(text.into()));
    }

    #[test]
    fn idle_zero_needs_a_minimum_that_is_written_down_even_as_zero() {
        let text = "IdleReplicaCount=0 must be less than MinReplicaCount=0";
        assert_eq!(check(None, None, Some(0)), Err(text.into()));
        assert_eq!(check(Some(0), None, Some(0)), Ok(()));
        let text = "IdleReplicaCount=3 must be less than MinReplicaCount=3";
        assert_eq!(check(Some(3), None, Some(3)), Err(text.into()));
    }
}
