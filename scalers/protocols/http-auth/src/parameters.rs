use scaler_sdk::http::Request;
use scaler_sdk::{FromParameter, Secret, TriggerConfig, UrlValues, config};

/// A way to say who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A key in a header or in the query.
    ApiKey,
    /// User and password.
    Basic,
    /// A client certificate.
    Tls,
    /// A token.
    Bearer,
    /// A header of the user's own.
    Custom,
    /// A token that another server gives out.
    OAuth,
}

impl Mode {
    /// As in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "apiKey",
            Self::Basic => "basic",
            Self::Tls => "tls",
            Self::Bearer => "bearer",
            Self::Custom => "custom",
            Self::OAuth => "oauth",
        }
    }
}

/// The parameters. Those of modes that are not switched on mean nothing.
#[derive(Debug, Default, TriggerConfig)]
#[config(validate)]
pub struct HttpAuth {
    /// How to authenticate, separated by commas: `apiKey`, `basic`, `tls`, `bearer`, `custom`,
    /// `oauth`. At most one of `bearer`, `basic` and `oauth`. Without it nobody authenticates.
    #[param(
        names = "authModes, authMode",
        from = "triggerMetadata, authParams",
        allowed = "apiKey, basic, tls, bearer, custom, oauth",
        exclusive = "bearer, basic, oauth",
        optional
    )]
    pub modes: Vec<String>,
    /// Token of the mode `bearer`.
    #[param(names = "bearerToken, token", from = "authParams", optional, secret)]
    pub bearer_token: Secret,
    /// User of the mode `basic`.
    #[param(from = "authParams", optional)]
    pub username: String,
    /// Password of the mode `basic`. It may be empty.
    #[param(from = "authParams", optional, secret)]
    pub password: Secret,
    /// Client certificate of the mode `tls` in PEM, together with `key`.
    #[param(from = "authParams", optional, role = "tls-cert")]
    pub cert: String,
    /// Private key of the client certificate in PEM.
    #[param(from = "authParams", optional, role = "tls-key")]
    pub key: Secret,
    /// Certification authorities in PEM to trust beside the system's.
    #[param(from = "authParams", optional, role = "tls-ca")]
    pub ca: String,
    /// Header of the mode `custom`.
    #[param(from = "authParams", optional)]
    pub custom_auth_header: String,
    /// Value of that header.
    #[param(from = "authParams", optional, secret)]
    pub custom_auth_value: Secret,
    /// Key of the mode `apiKey`.
    #[param(from = "triggerMetadata, authParams", optional, secret)]
    pub api_key: Secret,
    /// Whether the key goes into a `header` or into the `query`.
    #[param(
        from = "triggerMetadata, authParams",
        default = "header",
        allowed = "header, query"
    )]
    pub method: String,
    /// Name of the key's header or member of the query. Without it `X-API-KEY` or `api_key`.
    #[param(from = "triggerMetadata, authParams", optional)]
    pub key_param_name: String,
    /// Where the mode `oauth` gets its tokens.
    #[param(names = "oauthTokenURI", from = "authParams", optional)]
    pub oauth_token_uri: String,
    /// Scopes that the mode `oauth` asks for.
    #[param(names = "scopes, scope", from = "authParams", optional)]
    pub scopes: Vec<String>,
    /// Client of the mode `oauth`.
    #[param(names = "clientID", from = "authParams", optional)]
    pub client_id: String,
    /// Secret of that client.
    #[param(from = "authParams", optional, secret)]
    pub client_secret: Secret,
    /// More parameters for the request for a token, as the query of a URL.
    #[param(from = "authParams", optional, secret)]
    pub endpoint_params: HiddenValues,
}

/// A query string that may hold secrets.
#[derive(Clone, Default)]
pub struct HiddenValues(pub UrlValues);

impl std::fmt::Debug for HiddenValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl FromParameter for HiddenValues {
    const KIND: config::Kind = config::Kind::UrlValues;
    const SECRET: bool = true;

    fn from_parameter(text: &str, conversion: config::Conversion<'_>) -> Result<Self, String> {
        UrlValues::from_parameter(text, conversion).map(Self)
    }
}

impl HttpAuth {
    /// Whether a mode is switched on.
    pub fn has(&self, mode: Mode) -> bool {
        self.modes.iter().any(|m| m == mode.as_str())
    }

    /// Whether any mode is switched on.
    pub fn is_on(&self) -> bool {
        !self.modes.is_empty()
    }

    /// A remark about modes that are switched on and that a scaler which heeds only `heeded` takes
    /// no notice of.
    pub fn remark(&self, heeded: &[Mode]) -> Option<String> {
        let heeded: Vec<_> = heeded.iter().map(|mode| mode.as_str()).collect();
        let idle = self.modes.iter().find(|m| !heeded.contains(&m.as_str()))?;
        Some(format!(
            "authModes: {idle} does nothing here, only {} do",
            heeded.join(", ")
        ))
    }

    /// The request with what the mode says. `tls` is the host's, `oauth` no request's own.
    #[must_use]
    pub fn apply(&self, mode: Mode, request: Request) -> Request {
        match mode {
            Mode::Bearer => request.bearer(&self.bearer_token),
            Mode::Basic => request.basic(&self.username, &self.password),
            Mode::Custom => {
                request.set_header(&self.custom_auth_header, self.custom_auth_value.expose())
            }
            Mode::ApiKey => {
                let in_query = self.method == "query";
                let name = match (self.key_param_name.as_str(), in_query) {
                    ("", true) => "api_key",
                    ("", false) => "X-API-KEY",
                    (name, _) => name,
                };
                if in_query {
                    request.set_query(name, self.api_key.expose())
                } else {
                    request.header(name, self.api_key.expose())
                }
            }
            Mode::Tls | Mode::OAuth => request,
        }
    }
}
