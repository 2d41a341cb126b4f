//! Compiles the runtime for Wasm, exactly as `frame/runtime-wasm/build.rs` compiles the one it is compared with.

use std::path::Path;
use substrate_wasm_builder::WasmBuilder;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts; qed");
    let side_by_side = Path::new(&here).parent().expect("the crate lies in a folder; qed");
    let workspace = side_by_side.ancestors().nth(2).expect("which lies in `tests/` of the workspace; qed");
    // The builder looks for the lock file above the target directory, which may be anywhere.
    std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
    if std::env::var_os("WASM_BUILD_TYPE").is_none() {
        std::env::set_var("WASM_BUILD_TYPE", "release");
    }
    let runtime = side_by_side.join("runtime/Cargo.toml");
    WasmBuilder::new()
        .with_project(&runtime)
        .unwrap_or_else(|error| panic!("{}: {error}", runtime.display()))
        .import_memory()
        .export_heap_base()
        .set_file_name("wasm.rs")
        .build();
}
