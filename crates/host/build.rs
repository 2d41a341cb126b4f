//! Tells rustc of the flag that Substrate's builder of Wasm runtimes sets.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(substrate_runtime)");
    println!("cargo::rerun-if-changed=build.rs");
}
