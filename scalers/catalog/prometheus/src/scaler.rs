use scaler_protocols_http_auth::Mode;
use scaler_sdk::http::Request;
use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, clock};

use crate::answer;
use crate::config::{Config, identity};
use crate::timestamp;

const METRIC: &str = "prometheus";

/// The modes that go into the request: the first that is switched on does, as in KEDA.
const MODES: [Mode; 3] = [Mode::Bearer, Mode::Basic, Mode::Custom];

/// One query to one server.
#[derive(Debug)]
pub struct Prometheus {
    config: Config,
}

impl Scaler for Prometheus {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        let checked: Checked = MetricSpec::new(METRIC, config.threshold)
            .activation(config.activation_threshold)
            .into();
        let heeded = [Mode::Bearer, Mode::Basic, Mode::Custom, Mode::Tls];
        let remark = config.auth.remark(&heeded);
        remark.into_iter().fold(checked, Checked::notice)
    }

    fn open(config: Config, trigger: &Trigger) -> Result<Self, Failure> {
        if let Some(provider) = identity(trigger) {
            let text = format!("the identity of {provider} cannot be used here yet");
            return Err(Failure::config("", text));
        }
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let response = self.request().exchange()?;
        let place = response.place().to_string();
        let detail = answer::error(&response.body);
        let response = response.successful().map_err(|failure| match failure {
            Failure::Unknown(mut unknown) => {
                unknown
                    .message
                    .extend(detail.map(|text| format!(": {text}")));
                unknown.into()
            }
            config @ Failure::Config(_) => config,
        })?;
        let value = answer::value(&response.body, self.config.ignore_null_values)
            .map_err(|failure| failure.within(place))?;
        Ok(Reading::of(METRIC, value))
    }
}

impl Prometheus {
    fn request(&self) -> Request {
        let config = &self.config;
        let server = config.server_address.trim_end_matches('/');
        let mut request = Request::get(&format!("{server}/api/v1/query"))
            .timeout(config.timeout)
            .query("query", &config.query)
            .query("time", &timestamp::rfc3339(clock::now()));
        if !config.namespace.is_empty() {
            request = request.query("namespace", &config.namespace);
        }
        for (name, value) in &config.query_parameters {
            request = request.query(name, value);
        }
        for (name, value) in &config.custom_headers {
            request = request.header(name, value);
        }
        match MODES.into_iter().find(|mode| config.auth.has(*mode)) {
            Some(mode) => config.auth.apply(mode, request),
            None => request,
        }
    }
}
