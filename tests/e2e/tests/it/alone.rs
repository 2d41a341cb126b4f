//! A contract in a folder of its own, as most users have it: no workspace, no lock file.

use inkbpf_e2e::{examples, program_at, Chain};
use std::collections::BTreeMap;
use std::path::Path;

/// Name and content of every file in a folder, but for those that Cargo makes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let entries = entries.map(|entry| entry.expect("the folder can be read").path());
    let files = entries.filter(|path| path.is_file());
    let name = |path: &Path| path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    files.map(|path| (name(&path), std::fs::read(&path).expect("the file can be read"))).collect()
}

#[test]
fn builds_and_leaves_the_folder_as_it_was() {
    let folder = std::env::temp_dir().join(format!("inkbpf-e2e-{}", std::process::id())).join("erc20");
    std::fs::create_dir_all(&folder).expect("there is room for a folder");
    let before = files(&examples().join("erc20"));
    for (name, content) in &before {
        std::fs::write(folder.join(name), content).expect("there is room for a file");
    }

    let program = program_at(&folder);
    assert_eq!(files(&folder), before, "no file was changed, and none was added");

    let mut chain = Chain::new();
    let token = chain.deploy(&program, "new", (7u128,));
    assert_eq!(chain.ask::<u128>(&token, "total_supply", ()), 7);
    std::fs::remove_dir_all(folder.parent().expect("it has one")).expect("it is ours");
}
