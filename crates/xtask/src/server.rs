//! A static server on the loopback interface, for people and for the browser tests.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::http::{HeaderValue, header};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// A second place where the tests find the page: it must work below any path.
pub const SUB_PATH: &str = "/sub/path/";

/// A listener on `port`, or on the first free port from `port` on where `or_next`.
///
/// # Errors
/// If nothing is free, or the port is not permitted.
pub fn listen(port: u16, or_next: bool) -> Result<TcpListener> {
    let last = if or_next { port.saturating_add(99) } else { port };
    let mut taken = None;
    for port in port..=last {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => taken = Some(error),
        }
    }
    let reason = taken.map(|error| error.to_string()).unwrap_or_default();
    anyhow::bail!(
        "port {port} of 127.0.0.1 cannot be used ({reason}): choose another with --port, or let \
         --port 0 choose"
    )
}

/// The address of the page that `listener` answers for.
pub fn address(listener: &TcpListener) -> Result<String> {
    let SocketAddr::V4(address) = listener.local_addr()? else {
        anyhow::bail!("the server listens on an address that is not IPv4");
    };
    Ok(format!("http://{address}/"))
}

/// Serves the files in `folder` until the process ends.
pub fn serve(listener: TcpListener, folder: &Path) -> Result<()> {
    ensure!(
        fs::exists(folder.join("index.html"))?,
        "{} holds no page to serve: run `cargo xtask build` first",
        folder.display()
    );
    let router = router(folder);
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the server")?
        .block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
        .context("serving the page")
}

/// Serves the files in `folder` from a thread of its own, and says where.
pub fn spawn(folder: &Path) -> Result<String> {
    let listener = listen(0, false)?;
    let address = address(&listener)?;
    let folder = folder.to_owned();
    thread::spawn(move || {
        if let Err(error) = serve(listener, &folder) {
            eprintln!("error: {error:#}");
        }
    });
    Ok(address)
}

fn router(folder: &Path) -> Router {
    let files = ServeDir::new(folder);
    // A new page must not get the module of an earlier build from the browser's cache.
    let fresh = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Router::new().nest_service(SUB_PATH, files.clone()).fallback_service(files).layer(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// Status line and headers, in lower case, and body.
    fn get(address: &str, path: &str) -> (String, String) {
        let host = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase(), body.to_owned())
    }

    #[test]
    fn files_come_with_their_types_at_the_root_and_below_a_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("index.html"), "the page").unwrap();
        fs::create_dir(folder.path().join("models")).unwrap();
        let types = [
            ("negah.wasm", "application/wasm"),
            ("app.js", "text/javascript"),
            ("app.mjs", "application/javascript"),
            ("style.css", "text/css"),
            ("models/m.json", "application/json"),
            ("models/m.safetensors", "application/octet-stream"),
        ];
        for (name, _) in types {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let address = spawn(folder.path()).unwrap();
        for base in ["/", SUB_PATH] {
            let (head, body) = get(&address, base);
            assert!(head.starts_with("http/1.1 200"), "{base}: {head}");
            assert_eq!(body, "the page");
            for (name, kind) in types {
                let (head, body) = get(&address, &format!("{base}{name}"));
                assert!(head.starts_with("http/1.1 200"), "{base}{name}: {head}");
                assert!(head.contains(&format!("content-type: {kind}")), "{head}");
                assert!(head.contains("cache-control: no-cache"), "{head}");
                assert_eq!(body, name);
            }
        }
        for path in ["/nothing", "/sub/path/nothing", "/../Cargo.toml"] {
            let (head, _) = get(&address, path);
            assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
        }
    }

    #[test]
    fn a_taken_port_is_passed_over_or_refused() {
        let first = listen(0, false).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = listen(port, false).unwrap_err().to_string();
        assert!(error.starts_with(&format!("port {port} of 127.0.0.1")), "{error}");
        if let Ok(next) = listen(port, true) {
            assert!(next.local_addr().unwrap().port() > port);
        }
    }

    #[test]
    fn an_empty_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = serve(listen(0, false).unwrap(), folder.path()).unwrap_err();
        assert!(error.to_string().contains("cargo xtask build"), "{error}");
    }
}
