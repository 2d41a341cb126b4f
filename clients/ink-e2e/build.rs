//! `#[ink_e2e::test]` reads `CONTRACTS_NODE_URL` while the test is compiled: another one needs another compilation.

fn main() {
    println!("cargo::rerun-if-env-changed=CONTRACTS_NODE_URL");
}
