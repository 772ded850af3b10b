use redis::{ErrorKind, RedisError, ServerErrorKind};
use scaler_sdk::Failure;

/// As much of a server's own text as goes into a message.
const LONGEST_DETAIL: usize = 200;

/// What an error of the client library means. I/O errors are not told apart here: the library
/// hides them, so the connection keeps them itself.
pub(crate) fn failure(error: &RedisError) -> Failure {
    let make = match error.kind() {
        ErrorKind::Server(kind) => of_server(kind, error.detail().unwrap_or_default()),
        ErrorKind::Extension => of_code(error.code().unwrap_or_default()),
        ErrorKind::AuthenticationFailed => Failure::unauthenticated,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            return Failure::malformed("the answer does not follow the redis protocol");
        }
        _ => Failure::other,
    };
    make(text(error))
}

type Make = fn(String) -> Failure;

fn of_server(kind: ServerErrorKind, detail: &str) -> Make {
    match kind {
        ServerErrorKind::NoPerm => Failure::forbidden,
        ServerErrorKind::BusyLoading
        | ServerErrorKind::MasterDown
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::TryAgain => Failure::unavailable,
        // How servers before 6 say WRONGPASS.
        ServerErrorKind::ResponseError if detail.starts_with("invalid password") => {
            Failure::unauthenticated
        }
        ServerErrorKind::ResponseError if detail.starts_with("max number of clients") => {
            Failure::unavailable
        }
        // What NOPERM becomes within a script.
        ServerErrorKind::ResponseError if detail.contains("user executing the script can't") => {
            Failure::forbidden
        }
        _ => Failure::rejected,
    }
}

fn of_code(code: &str) -> Make {
    match code {
        "NOAUTH" | "WRONGPASS" => Failure::unauthenticated,
        // Protected mode.
        "DENIED" => Failure::forbidden,
        "BUSY" => Failure::unavailable,
        _ => Failure::rejected,
    }
}

fn text(error: &RedisError) -> String {
    let Some(code) = error.code() else {
        return error.to_string();
    };
    let detail = error.detail().unwrap_or_default().trim_end();
    let short: String = detail.chars().take(LONGEST_DETAIL).collect();
    format!("{code} {short}")
}
