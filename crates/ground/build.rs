//! Says where the console's build is; an empty folder stands in when it was not built.
#![allow(clippy::disallowed_methods)]

use std::path::PathBuf;

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let built = manifest.join("../../web/dist");
    let folder = if built.join("index.html").is_file() {
        built
    } else {
        let empty =
            PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("no-console");
        if let Err(error) = std::fs::create_dir_all(&empty) {
            println!("cargo:warning=could not make {}: {error}", empty.display());
        }
        empty
    };
    println!("cargo:rustc-env=WHIMBREL_CONSOLE_DIR={}", folder.display());
    println!("cargo:rerun-if-changed=../../web/dist");
}
