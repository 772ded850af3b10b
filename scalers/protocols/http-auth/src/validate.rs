use scaler_sdk::{Problems, Trigger, Validate};

use crate::{HttpAuth, Mode};

/// Reports what the modes that are switched on lack.
impl Validate for HttpAuth {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        let missing = [
            (Mode::Bearer, "bearerToken", self.bearer_token.is_empty()),
            (Mode::Basic, "username", self.username.is_empty()),
            (Mode::Tls, "cert", self.cert.is_empty()),
            (Mode::Tls, "key", self.key.is_empty()),
            (
                Mode::OAuth,
                "oauthTokenURI",
                self.oauth_token_uri.is_empty(),
            ),
            (Mode::OAuth, "clientID", self.client_id.is_empty()),
            (
                Mode::Custom,
                "customAuthHeader",
                self.custom_auth_header.is_empty(),
            ),
            (
                Mode::Custom,
                "customAuthValue",
                self.custom_auth_value.is_empty(),
            ),
            (Mode::ApiKey, "apiKey", self.api_key.is_empty()),
        ];
        for (mode, parameter, is_missing) in missing {
            if is_missing && self.has(mode) && !problems.has(parameter) {
                let mode = mode.as_str();
                problems.add(
                    parameter,
                    format!("{parameter} is required with the authentication mode {mode}"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scaler_sdk::TriggerConfig;

    #[derive(Debug, TriggerConfig)]
    struct Config {
        #[param(group, optional)]
        auth: HttpAuth,
    }

    fn parse(modes: &str, auth: &[(&str, &str)]) -> Result<HttpAuth, Vec<String>> {
        let text = |(k, v): &(&str, &str)| ((*k).to_string(), (*v).to_string());
        let mut trigger = Trigger {
            auth_params: auth.iter().map(text).collect(),
            ..Trigger::default()
        };
        trigger.metadata.insert("authModes".into(), modes.into());
        match Config::parse(&trigger) {
            Ok((config, _)) => Ok(config.auth),
            Err(errors) => Err(errors.into_iter().map(|e| e.parameter).collect()),
        }
    }

    #[test]
    fn each_mode_says_what_it_lacks() {
        for (modes, missing) in [
            ("bearer", &["bearerToken"][..]),
            ("basic", &["username"]),
            ("tls", &["cert", "key"]),
            ("oauth", &["oauthTokenURI", "clientID"]),
            ("custom", &["customAuthHeader", "customAuthValue"]),
            ("apiKey, tls", &["cert", "key", "apiKey"]),
        ] {
            assert_eq!(parse(modes, &[]).unwrap_err(), missing, "{modes}");
        }
    }

    #[test]
    fn without_modes_the_other_parameters_mean_nothing() {
        let auth = parse("", &[("password", "p"), ("cert", "c")]).unwrap();
        assert!(!auth.is_on() && !auth.has(Mode::Basic));
    }

    #[test]
    fn modes_that_exclude_one_another_or_are_unknown_are_refused() {
        assert_eq!(parse("basic,bearer", &[]).unwrap_err(), ["authModes"]);
        assert_eq!(parse("digest", &[]).unwrap_err(), ["authModes"]);
        assert!(parse("basic", &[("username", "u")]).is_ok());
    }

    #[test]
    fn modes_that_a_scaler_does_not_heed_are_remarked_upon() {
        let auth = parse(
            "custom",
            &[("customAuthHeader", "h"), ("customAuthValue", "v")],
        );
        let auth = auth.unwrap();
        assert_eq!(auth.remark(&[Mode::Custom]), None);
        let remark = auth.remark(&[Mode::Basic, Mode::Tls]).unwrap();
        assert!(
            remark.contains("custom") && remark.contains("basic, tls"),
            "{remark}"
        );
    }
}
