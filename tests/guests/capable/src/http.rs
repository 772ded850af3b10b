use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{Fields, OutgoingRequest, Scheme};
use crate::bindings::wasi::io::streams::StreamError;

/// Status and body.
pub(crate) fn get(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let scheme = match scheme {
        "https" => Scheme::Https,
        _ => Scheme::Http,
    };
    let request = OutgoingRequest::new(Fields::new());
    let path = format!("/{path}");
    request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    request
        .set_authority(Some(authority))
        .map_err(|()| "authority")?;
    request
        .set_path_with_query(Some(&path))
        .map_err(|()| "path")?;
    let pending = outgoing_handler::handle(request, None).map_err(|e| format!("{e:?}"))?;
    pending.subscribe().block();
    let response = pending
        .get()
        .ok_or("not ready")?
        .map_err(|()| "taken")?
        .map_err(|e| format!("{e:?}"))?;
    let body = response.consume().map_err(|()| "consumed")?;
    let stream = body.stream().map_err(|()| "streamed")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(4096) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(e)) => return Err(e.to_debug_string()),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(format!("{} {text}", response.status()))
}
