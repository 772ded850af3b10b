use super::Kind;

/// Where a parameter may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The trigger's `metadata`.
    TriggerMetadata,
    /// The trigger's authentication.
    AuthParams,
    /// A variable of the workload's environment that `<parameter>FromEnv` names.
    ResolvedEnv,
}

impl Source {
    /// The word that manifests, descriptions and errors use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TriggerMetadata => "triggerMetadata",
            Self::AuthParams => "authParams",
            Self::ResolvedEnv => "resolvedEnv",
        }
    }
}

/// What is declared of one parameter.
#[derive(Debug, Clone, Copy)]
pub struct ParameterSpec {
    /// The name, then its aliases in the order of lookup.
    pub names: &'static [&'static str],
    /// Where it may come from, in the order of lookup.
    pub sources: &'static [Source],
    /// Whether it may be left out although it has no default.
    pub optional: bool,
    /// Text used when it is left out.
    pub default: Option<&'static str>,
    /// The only texts allowed, each element of a list for itself; empty: any.
    pub allowed: &'static [&'static str],
    /// Of these, a list may hold one at most.
    pub exclusive: &'static [&'static str],
    /// Using it is an error with this text.
    pub deprecated: Option<&'static str>,
    /// Using it is remarked upon with this text.
    pub announce: Option<&'static str>,
    /// Its value never appears in messages.
    pub secret: bool,
    /// Between the elements of a list.
    pub separator: &'static str,
    /// Between the ends of a range within a list of integers; `None`: no ranges.
    pub range: Option<&'static str>,
    /// How its text is read.
    pub kind: Kind,
    /// The members of its JSON description other than `kind` and `optional`, without braces.
    pub json: &'static str,
}

impl ParameterSpec {
    /// The same parameter as a member of an optional group.
    #[must_use]
    pub const fn made_optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// One field of a configuration.
#[derive(Debug, Clone, Copy)]
pub enum Field {
    /// A parameter.
    Parameter(ParameterSpec),
    /// Parameters of a nested struct.
    Group {
        /// Its fields.
        fields: &'static [Field],
        /// Its endpoint templates.
        endpoints: &'static [&'static str],
        /// Makes all of them optional.
        optional: bool,
    },
}
