use scaler_protocols_http_auth::Mode;
use scaler_sdk::http::Request;
use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger};

use crate::config::Config;
use crate::value;

/// The modes that go into the request, and the one that is the host's.
const MODES: [Mode; 4] = [Mode::ApiKey, Mode::Basic, Mode::Bearer, Mode::Tls];

/// Why the number cannot be put together from a Service's endpoints.
const NO_CLUSTER: &str = "cannot be true yet: asking each endpoint of a Service needs Kubernetes, \
                          and scalers cannot ask it";

/// One endpoint.
#[derive(Debug)]
pub struct MetricsApi {
    config: Config,
}

impl Scaler for MetricsApi {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        let checked: Checked = MetricSpec::new(config.metric_name(), config.target_value)
            .activation(config.activation_target_value)
            .into();
        let ungathered = config
            .aggregate_from_kube_service_endpoints
            .then(|| format!("aggregateFromKubeServiceEndpoints {NO_CLUSTER}"));
        let remarks = config.auth.remark(&MODES).into_iter().chain(ungathered);
        remarks.fold(checked, Checked::notice)
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        if config.aggregate_from_kube_service_endpoints {
            let parameter = "aggregateFromKubeServiceEndpoints";
            return Err(Failure::config(parameter, NO_CLUSTER));
        }
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let config = &self.config;
        let mut request = Request::get(&config.url).timeout(config.timeout);
        for mode in MODES {
            if config.auth.has(mode) {
                request = config.auth.apply(mode, request);
            }
        }
        let response = request.send()?;
        if response.status != 200 {
            let text = format!("the answer is HTTP {}, not 200", response.status);
            return Err(Failure::rejected(text).within(response.place()));
        }
        let number = value::find(&response.body, config.read_as, &config.value_location)
            .map_err(|failure| failure.within(response.place()))?;
        Ok(Reading::of(config.metric_name(), number))
    }
}
