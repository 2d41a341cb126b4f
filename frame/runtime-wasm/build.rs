//! Compiles the runtime for Wasm, once for each engine.
//!
//! Both are release builds, compacted and compressed, whatever this build's own profile is: a blob is part of
//! the genesis, and a chain should not depend on how the node was compiled. `SKIP_WASM_BUILD=1` leaves them out,
//! for lints and documentation.

use std::path::Path;
use substrate_wasm_builder::WasmBuilder;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts; qed");
    let workspace =
        Path::new(&here).ancestors().nth(2).expect("the crate lies in `frame/` of the workspace; qed");
    // The builder looks for the lock file above the target directory, which may be anywhere.
    std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
    if std::env::var_os("WASM_BUILD_TYPE").is_none() {
        std::env::set_var("WASM_BUILD_TYPE", "release");
    }
    // The blob is what rustc makes of the runtime, whatever wraps it for the node: the builder may choose another
    // toolchain.
    std::env::remove_var("RUSTC_WORKSPACE_WRAPPER");
    let runtime = workspace.join("frame/runtime/Cargo.toml");
    let builder = || {
        WasmBuilder::new()
            .with_project(&runtime)
            .unwrap_or_else(|error| panic!("{}: {error}", runtime.display()))
            .import_memory()
            .export_heap_base()
    };
    builder().set_file_name("host.rs").build();
    builder().enable_feature("embedded-engine").set_file_name("embedded.rs").build();
}
