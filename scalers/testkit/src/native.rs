use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use runtime_types::{
    Checked, Description, Lifecycle, MetricSpec, MetricType, Naming, Number, Outcome,
    ParameterError, Reading, Sample, Trigger, Unknown, UnknownReason,
};
use scaler_sdk as sdk;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{KubeScript, Setting, Subject};

/// A scaler's own code, called without any sandbox.
pub struct Native<C> {
    lifecycle: Lifecycle,
    open: Option<Box<dyn sdk::Open>>,
    component: PhantomData<C>,
}

impl<C: sdk::Component> Native<C> {
    /// The scaler.
    ///
    /// # Panics
    /// When the component's description cannot be read.
    #[allow(clippy::new_without_default)] // It can panic.
    pub fn new() -> Self {
        let description = Description::parse(C::DESCRIPTION.as_bytes());
        let description = description.expect("the component describes itself");
        Self {
            lifecycle: description.lifecycle,
            open: None,
            component: PhantomData,
        }
    }
}

impl<C: sdk::Component> Subject for Native<C> {
    fn begin(&mut self, setting: &Setting) {
        self.open = None;
        sdk::native::fix_clock(setting.now);
        sdk::native::limit_waits(setting.timeout);
        sdk::native::clear_kv();
        let cluster = setting
            .kube
            .clone()
            .map(|script| Rc::new(Played(script)) as _);
        sdk::native::play_cluster(cluster);
        sdk::native::take_log();
    }

    fn check(&mut self, trigger: &Trigger) -> Result<Checked, Vec<ParameterError>> {
        C::check(&to_sdk(trigger)).map(checked).map_err(errors)
    }

    fn poll(&mut self, trigger: &Trigger) -> Outcome {
        let mut open = match self
            .open
            .take()
            .map_or_else(|| C::open(&to_sdk(trigger)), Ok)
        {
            Ok(open) => open,
            Err(failure) => return failed(failure),
        };
        let outcome = match open.poll() {
            Ok(answer) => Outcome::Reading(reading(answer)),
            Err(failure) => failed(failure),
        };
        if self.lifecycle == Lifecycle::Warm {
            self.open = Some(open);
        }
        outcome
    }
}

/// A case's cluster, for the SDK.
struct Played(KubeScript);

impl sdk::native::Cluster for Played {
    fn count_pods(&self, label_selector: &str) -> Result<u64, sdk::Unknown> {
        self.0.count_pods(label_selector).map_err(sdk_unknown)
    }

    fn count_nodes(&self, label_selector: &str) -> Result<u64, sdk::Unknown> {
        self.0.count_nodes(label_selector).map_err(sdk_unknown)
    }

    fn config_map_value(&self, name: &str, key: &str) -> Result<Option<String>, sdk::Unknown> {
        self.0.config_map_value(name, key).map_err(sdk_unknown)
    }
}

fn to_sdk(trigger: &Trigger) -> sdk::Trigger {
    let exposed = |values: &BTreeMap<String, SecretString>| {
        let pairs = values.iter();
        pairs
            .map(|(k, v)| (k.clone(), v.expose_secret().to_string()))
            .collect()
    };
    sdk::Trigger {
        trigger_type: trigger.trigger_type.clone(),
        name: trigger.name.clone(),
        index: trigger.index,
        namespace: trigger.namespace.clone(),
        object: trigger.object.clone(),
        metadata: trigger.metadata.clone(),
        auth_params: exposed(&trigger.auth_params),
        // As the host does.
        resolved_env: trigger
            .referenced_env()
            .map(|(name, value)| (name.to_string(), value.expose_secret().to_string()))
            .collect(),
        as_metric_source: trigger.as_metric_source,
        identity: trigger.identity.clone().map(|identity| sdk::PodIdentity {
            provider: identity.provider,
            identity_id: identity.identity_id,
            identity_tenant_id: identity.identity_tenant_id,
            identity_authority_host: identity.identity_authority_host,
            role_arn: identity.role_arn,
            external_id: identity.external_id,
            identity_owner: identity.identity_owner,
        }),
    }
}

fn number(number: sdk::Number) -> Number {
    match number {
        sdk::Number::Whole(n) => Number::Whole(n),
        sdk::Number::Real(x) => Number::Real(x),
    }
}

fn checked(checked: sdk::Checked) -> Checked {
    let metric = |spec: sdk::MetricSpec| MetricSpec {
        name: spec.name,
        naming: match spec.naming {
            sdk::Naming::Standard => Naming::Standard,
            sdk::Naming::Unsanitised => Naming::Unsanitised,
            sdk::Naming::Verbatim => Naming::Verbatim,
        },
        target: number(spec.target),
        fixed_type: spec.fixed_type.map(|fixed| match fixed {
            sdk::MetricType::AverageValue => MetricType::AverageValue,
            sdk::MetricType::Value => MetricType::Value,
        }),
        activation: spec.activation.map(number),
    };
    Checked {
        metrics: checked.metrics.into_iter().map(metric).collect(),
        notices: checked.notices,
    }
}

fn errors(errors: Vec<sdk::ParameterError>) -> Vec<ParameterError> {
    let error = |e: sdk::ParameterError| ParameterError {
        parameter: e.parameter,
        message: e.message,
    };
    errors.into_iter().map(error).collect()
}

fn unknown(unknown: sdk::Unknown) -> Unknown {
    use sdk::UnknownReason as From;
    let reason = match unknown.reason {
        From::Unreachable => UnknownReason::Unreachable,
        From::TimedOut => UnknownReason::TimedOut,
        From::TlsFailed => UnknownReason::TlsFailed,
        From::Unauthenticated => UnknownReason::Unauthenticated,
        From::Forbidden => UnknownReason::Forbidden,
        From::NotFound => UnknownReason::NotFound,
        From::Rejected => UnknownReason::Rejected,
        From::Unavailable => UnknownReason::Unavailable,
        From::RateLimited => UnknownReason::RateLimited,
        From::Malformed => UnknownReason::Malformed,
        From::Denied => UnknownReason::Denied,
        From::Other => UnknownReason::Other,
    };
    Unknown::new(reason, unknown.message)
}

fn sdk_unknown(unknown: Unknown) -> sdk::Unknown {
    use sdk::UnknownReason as To;
    let reason = match unknown.reason {
        UnknownReason::Unreachable => To::Unreachable,
        UnknownReason::TimedOut => To::TimedOut,
        UnknownReason::TlsFailed => To::TlsFailed,
        UnknownReason::Unauthenticated => To::Unauthenticated,
        UnknownReason::Forbidden => To::Forbidden,
        UnknownReason::NotFound => To::NotFound,
        UnknownReason::Rejected => To::Rejected,
        UnknownReason::Unavailable => To::Unavailable,
        UnknownReason::RateLimited => To::RateLimited,
        UnknownReason::Malformed => To::Malformed,
        UnknownReason::Denied => To::Denied,
        UnknownReason::Crashed
        | UnknownReason::LimitExceeded
        | UnknownReason::Unloadable
        | UnknownReason::Other => To::Other,
    };
    sdk::Unknown {
        reason,
        message: unknown.message,
    }
}

fn reading(reading: sdk::Reading) -> Reading {
    let sample = |sample: sdk::Sample| Sample {
        name: sample.name,
        value: sample.value.map(number).map_err(unknown),
    };
    Reading {
        samples: reading.samples.into_iter().map(sample).collect(),
        active: reading.active,
    }
}

fn failed(failure: sdk::Failure) -> Outcome {
    match failure {
        sdk::Failure::Unknown(reason) => Outcome::Unknown(unknown(reason)),
        sdk::Failure::Config(wrong) => Outcome::Config(errors(wrong)),
    }
}
