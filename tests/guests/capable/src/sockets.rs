use crate::bindings::penstock::scaler::tls::{self, Connection};
use crate::bindings::penstock::scaler::types::Unknown;
use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::bindings::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;

fn place(address: &str) -> (&str, u16) {
    let (host, port) = address.split_once(':').expect("host:port");
    (host, port.parse().expect("a port"))
}

fn failed(unknown: Unknown) -> String {
    format!("{:?}: {}", unknown.reason, unknown.message)
}

/// Says `ping` over TLS and hears what comes back.
pub(crate) fn tls(address: &str) -> Result<String, String> {
    let (host, port) = place(address);
    ping(&tls::connect(host, port).map_err(failed)?)
}

/// Says `start` in clear text, then `ping` over TLS on the same connection.
pub(crate) fn upgrade(address: &str) -> Result<String, String> {
    let (host, port) = place(address);
    let plain = connect(host, port).map_err(|code| format!("{code:?}"))?;
    let write = plain.output.blocking_write_and_flush(b"start\n");
    write.map_err(|e| format!("{e:?}"))?;
    let go = plain.input.blocking_read(3);
    assert_eq!(go.map_err(|e| format!("{e:?}"))?, b"go\n");
    ping(&tls::upgrade(plain, host).map_err(failed)?)
}

fn ping(connection: &Connection) -> Result<String, String> {
    let write = connection.output.blocking_write_and_flush(b"ping\n");
    write.map_err(|e| format!("{e:?}"))?;
    let answer = connection.input.blocking_read(100);
    let answer = answer.map_err(|e| format!("{e:?}"))?;
    Ok(String::from_utf8_lossy(&answer).trim().to_string())
}

fn connect(host: &str, port: u16) -> Result<Connection, ErrorCode> {
    let network = instance_network();
    let addresses = resolve_addresses(&network, host)?;
    addresses.subscribe().block();
    let address = loop {
        match addresses.resolve_next_address()? {
            Some(IpAddress::Ipv4(address)) => break address,
            Some(IpAddress::Ipv6(_)) => {}
            None => return Err(ErrorCode::NameUnresolvable),
        }
    };
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    let to = IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address });
    socket.start_connect(&network, to)?;
    socket.subscribe().block();
    let (input, output) = socket.finish_connect()?;
    // The streams are the socket's children: it must outlive them.
    std::mem::forget(socket);
    Ok(Connection { input, output })
}
