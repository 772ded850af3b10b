//! `penstock:scaler@0.1`: bindings, and the way between their types and `runtime-types`.

use runtime_types::{
    Checked, MetricSpec, MetricType, Naming, Number, Outcome, ParameterError, Reading, Sample,
    Trigger, Unknown, UnknownReason,
};
use secrecy::ExposeSecret;

// Generated code documents itself in the WIT files.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "plugin",
        imports: {
            "penstock:scaler/tls.connect": async | trappable,
            "penstock:scaler/tls.upgrade": async | trappable,
            "penstock:scaler/files.open-directory": async | trappable,
            "penstock:scaler/files.[method]directory.next": async | trappable,
            "penstock:scaler/kube-read.count-pods": async | trappable,
            "penstock:scaler/kube-read.count-nodes": async | trappable,
            "penstock:scaler/kube-read.config-map-value": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:random": wasmtime_wasi::p2::bindings::random,
            "wasi:sockets/network": wasmtime_wasi::p2::bindings::sockets::network,
            "wasi:sockets/tcp": wasmtime_wasi::p2::bindings::sockets::tcp,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
            "wasi:sockets/ip-name-lookup.resolve-address-stream": crate::capability::dns::Lookup,
            "penstock:scaler/files.directory": crate::capability::files::OpenDirectory,
        },
    });
}

pub(crate) use bindings::penstock::scaler::{files, kube_read, kv, log, sharing, tls, types};
pub(crate) use bindings::wasi::sockets::ip_name_lookup;
pub(crate) use bindings::{Plugin, PluginPre};

/// What the component is told of a trigger: of the environment only what its metadata names.
pub(crate) fn lower_trigger(trigger: &Trigger) -> types::Trigger {
    let exposed = |(name, value): (&str, &secrecy::SecretString)| {
        (name.to_string(), value.expose_secret().to_string())
    };
    types::Trigger {
        type_: trigger.trigger_type.clone(),
        name: trigger.name.clone(),
        index: trigger.index,
        namespace: trigger.namespace.clone(),
        object: trigger.object.clone(),
        metadata: trigger
            .metadata
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        auth_params: trigger
            .auth_params
            .iter()
            .map(|(k, v)| exposed((k, v)))
            .collect(),
        resolved_env: trigger.referenced_env().map(exposed).collect(),
        as_metric_source: trigger.as_metric_source,
        identity: trigger
            .identity
            .as_ref()
            .map(|identity| types::PodIdentity {
                provider: identity.provider.clone(),
                identity_id: identity.identity_id.clone(),
                identity_tenant_id: identity.identity_tenant_id.clone(),
                identity_authority_host: identity.identity_authority_host.clone(),
                role_arn: identity.role_arn.clone(),
                external_id: identity.external_id.clone(),
                identity_owner: identity.identity_owner.clone(),
            }),
    }
}

/// Text of a component is shown to people: at most this many bytes of a message or a name.
const TEXT_LIMIT: usize = 1024;
/// No trigger type has more; a component that claims a million is broken.
const METRICS_LIMIT: usize = 1000;

fn text(mut text: String) -> String {
    if text.len() > TEXT_LIMIT {
        let mut end = TEXT_LIMIT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

fn number(number: types::Number) -> Number {
    match number {
        types::Number::Whole(n) => Number::Whole(n),
        types::Number::Real(x) => Number::Real(x),
    }
}

/// A target or threshold, which must be finite.
fn finite(value: types::Number, of: &str) -> Result<Number, Unknown> {
    let value = number(value);
    if value.is_finite() {
        return Ok(value);
    }
    let message = format!("the component gave {value} for the {of}");
    Err(Unknown::new(UnknownReason::Malformed, message))
}

pub(crate) fn lift_unknown(unknown: types::Unknown) -> Unknown {
    use types::UnknownReason as R;
    let reason = match unknown.reason {
        R::Unreachable => UnknownReason::Unreachable,
        R::TimedOut => UnknownReason::TimedOut,
        R::TlsFailed => UnknownReason::TlsFailed,
        R::Unauthenticated => UnknownReason::Unauthenticated,
        R::Forbidden => UnknownReason::Forbidden,
        R::NotFound => UnknownReason::NotFound,
        R::Rejected => UnknownReason::Rejected,
        R::Unavailable => UnknownReason::Unavailable,
        R::RateLimited => UnknownReason::RateLimited,
        R::Malformed => UnknownReason::Malformed,
        R::Denied => UnknownReason::Denied,
        R::Other => UnknownReason::Other,
    };
    Unknown::new(reason, text(unknown.message))
}

pub(crate) fn lower_unknown(unknown: Unknown) -> types::Unknown {
    use types::UnknownReason as R;
    let reason = match unknown.reason {
        UnknownReason::Unreachable => R::Unreachable,
        UnknownReason::TimedOut => R::TimedOut,
        UnknownReason::TlsFailed => R::TlsFailed,
        UnknownReason::Unauthenticated => R::Unauthenticated,
        UnknownReason::Forbidden => R::Forbidden,
        UnknownReason::NotFound => R::NotFound,
        UnknownReason::Rejected => R::Rejected,
        UnknownReason::Unavailable => R::Unavailable,
        UnknownReason::RateLimited => R::RateLimited,
        UnknownReason::Malformed => R::Malformed,
        UnknownReason::Denied => R::Denied,
        UnknownReason::Crashed
        | UnknownReason::LimitExceeded
        | UnknownReason::Unloadable
        | UnknownReason::Other => R::Other,
    };
    types::Unknown {
        reason,
        message: unknown.message,
    }
}

pub(crate) fn lift_errors(errors: Vec<types::ParameterError>) -> Vec<ParameterError> {
    errors
        .into_iter()
        .take(METRICS_LIMIT)
        .map(|error| ParameterError {
            parameter: text(error.parameter),
            message: text(error.message),
        })
        .collect()
}

fn metric_spec(spec: types::MetricSpec) -> Result<MetricSpec, Unknown> {
    Ok(MetricSpec {
        name: text(spec.name),
        naming: match spec.naming {
            types::Naming::Standard => Naming::Standard,
            types::Naming::Unsanitised => Naming::Unsanitised,
            types::Naming::Verbatim => Naming::Verbatim,
        },
        target: finite(spec.target, "target")?,
        fixed_type: spec.fixed_type.map(|fixed| match fixed {
            types::MetricType::AverageValue => MetricType::AverageValue,
            types::MetricType::Value => MetricType::Value,
        }),
        activation: spec
            .activation
            .map(|value| finite(value, "activation threshold"))
            .transpose()?,
    })
}

/// # Errors
/// When the component claims absurd numbers.
pub(crate) fn lift_checked(checked: types::Checked) -> Result<Checked, Unknown> {
    too_many(checked.metrics.len())?;
    Ok(Checked {
        metrics: checked
            .metrics
            .into_iter()
            .map(metric_spec)
            .collect::<Result<_, _>>()?,
        notices: checked
            .notices
            .into_iter()
            .take(METRICS_LIMIT)
            .map(text)
            .collect(),
    })
}

fn too_many(metrics: usize) -> Result<(), Unknown> {
    if metrics <= METRICS_LIMIT {
        return Ok(());
    }
    let message = format!("the component reports {metrics} metrics, {METRICS_LIMIT} are allowed");
    Err(Unknown::new(UnknownReason::LimitExceeded, message))
}

/// NaN and the infinities are unknown, a negative value is 0.
fn sample_value(value: Result<types::Number, types::Unknown>) -> Result<Number, Unknown> {
    match number(value.map_err(lift_unknown)?) {
        value if !value.is_finite() => Err(Unknown::new(
            UnknownReason::Malformed,
            format!("the component gave {value} for a value"),
        )),
        Number::Whole(n) => Ok(Number::Whole(n.max(0))),
        Number::Real(x) if x < 0.0 => Ok(Number::Real(0.0)),
        real => Ok(real),
    }
}

pub(crate) fn lift_outcome(outcome: types::Outcome) -> Outcome {
    match outcome {
        types::Outcome::Unknown(unknown) => Outcome::Unknown(lift_unknown(unknown)),
        types::Outcome::Config(errors) => Outcome::Config(lift_errors(errors)),
        types::Outcome::Reading(reading) => match too_many(reading.samples.len()) {
            Err(unknown) => Outcome::Unknown(unknown),
            Ok(()) => Outcome::Reading(Reading {
                samples: reading
                    .samples
                    .into_iter()
                    .map(|sample| Sample {
                        name: text(sample.name),
                        value: sample_value(sample.value),
                    })
                    .collect(),
                active: reading.active,
            }),
        },
    }
}

pub(crate) fn lift_open_error(error: types::OpenError) -> Outcome {
    match error {
        types::OpenError::Unknown(unknown) => Outcome::Unknown(lift_unknown(unknown)),
        types::OpenError::Config(errors) => Outcome::Config(lift_errors(errors)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(value: f64) -> Result<Number, Unknown> {
        sample_value(Ok(types::Number::Real(value)))
    }

    #[test]
    fn nan_and_infinities_are_unknown_and_negatives_are_zero() {
        assert!(outcome(f64::NAN).is_err());
        assert!(outcome(f64::INFINITY).is_err());
        assert!(outcome(f64::NEG_INFINITY).is_err());
        assert_eq!(outcome(-0.5), Ok(Number::Real(0.0)));
        assert_eq!(outcome(1e300), Ok(Number::Real(1e300)));
        assert_eq!(
            sample_value(Ok(types::Number::Whole(-7))),
            Ok(Number::Whole(0))
        );
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let long = text("é".repeat(100_000));
        assert!(long.len() <= TEXT_LIMIT + '…'.len_utf8());
    }

    #[test]
    fn a_million_metrics_are_one_unknown() {
        let sample = types::Sample {
            name: "x".into(),
            value: Ok(types::Number::Whole(1)),
        };
        let lifted = lift_outcome(types::Outcome::Reading(types::Reading {
            samples: vec![sample; 1_000_000],
            active: None,
        }));
        assert!(matches!(lifted, Outcome::Unknown(u) if u.reason == UnknownReason::LimitExceeded));
    }
}
