use crate::bindings::penstock::scaler::types::{
    Checked, MetricSpec, MetricType, Naming, Number, ParameterError, Reading, Sample, Unknown,
};

impl From<i64> for Number {
    fn from(count: i64) -> Self {
        Self::Whole(count)
    }
}

impl From<i32> for Number {
    fn from(count: i32) -> Self {
        Self::Whole(count.into())
    }
}

impl From<u32> for Number {
    fn from(count: u32) -> Self {
        Self::Whole(count.into())
    }
}

impl From<u64> for Number {
    /// Counts beyond the signed range become the largest one: no source has that many.
    fn from(count: u64) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Number {
    fn from(measurement: f64) -> Self {
        Self::Real(measurement)
    }
}

impl MetricSpec {
    /// A metric with the standard naming, to be compared with `target`.
    pub fn new(name: impl Into<String>, target: impl Into<Number>) -> Self {
        Self {
            name: name.into(),
            naming: Naming::Standard,
            target: target.into(),
            fixed_type: None,
            activation: None,
        }
    }

    /// The trigger is active while the metric is strictly greater than `threshold`. Without
    /// this the scaler has to state activity itself, with [`Reading::active`].
    #[must_use]
    pub fn activation(mut self, threshold: impl Into<Number>) -> Self {
        self.activation = Some(threshold.into());
        self
    }

    /// Another way to make the full name.
    #[must_use]
    pub fn naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// The only metric type that this metric's meaning admits.
    #[must_use]
    pub fn fixed_type(mut self, metric_type: MetricType) -> Self {
        self.fixed_type = Some(metric_type);
        self
    }
}

impl From<MetricSpec> for Checked {
    fn from(metric: MetricSpec) -> Self {
        Self::from(vec![metric])
    }
}

impl From<Vec<MetricSpec>> for Checked {
    fn from(metrics: Vec<MetricSpec>) -> Self {
        Self {
            metrics,
            notices: Vec::new(),
        }
    }
}

impl Checked {
    /// Adds a remark for the user, one sentence.
    #[must_use]
    pub fn notice(mut self, text: impl Into<String>) -> Self {
        self.notices.push(text.into());
        self
    }
}

impl Reading {
    /// One value, of the metric that `check` called `name`.
    pub fn of(name: impl Into<String>, value: impl Into<Number>) -> Self {
        Self {
            samples: Vec::new(),
            active: None,
        }
        .and(name, value)
    }

    /// One more value.
    #[must_use]
    pub fn and(mut self, name: impl Into<String>, value: impl Into<Number>) -> Self {
        self.samples.push(Sample {
            name: name.into(),
            value: Ok(value.into()),
        });
        self
    }

    /// One more metric, whose value could not be found out this time.
    #[must_use]
    pub fn and_unknown(mut self, name: impl Into<String>, unknown: Unknown) -> Self {
        self.samples.push(Sample {
            name: name.into(),
            value: Err(unknown),
        });
        self
    }

    /// Activity as the scaler states it, instead of a comparison with the metrics' thresholds.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = Some(active);
        self
    }
}

impl ParameterError {
    /// What is wrong with one parameter, as one sentence in lower case.
    pub fn new(parameter: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            parameter: parameter.into(),
            message: message.into(),
        }
    }

    /// What is wrong with several parameters taken together.
    pub fn combined(message: impl Into<String>) -> Self {
        Self::new("", message)
    }
}
