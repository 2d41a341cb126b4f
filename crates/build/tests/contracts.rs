//! Whole builds of small contracts, as a user would have them.
//!
//! The cache is the user's, so that `core`, `alloc` and ink! are compiled once on a machine and not once
//! a test.

mod support;

use bpf_isa::{Callee, Kind};
use contract_abi::image::{compressed::decompress, Image};
use contract_abi::intrinsic::Intrinsic;
use contract_metadata::ContractMetadata;
use inkbpf_build::{build, check, code_hash, BuildError, Built, Location, Request};
use std::fs;
use std::path::{Path, PathBuf};
use support::{copy, Project};

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n{error}");
        cause = error.source();
    }
    text
}

fn elf(built: &Built) -> Vec<u8> {
    fs::read(&built.artifacts.elf).expect("it was built")
}

/// The program as it runs.
fn raw(built: &Built) -> Vec<u8> {
    decompress(&elf(built)).expect("it expands").into_owned()
}

#[test]
fn a_contract_becomes_a_bundle_and_nothing_else_changes() {
    let project = Project::new("counter");
    let before = project.files();
    let built = project.build().expect("it builds");
    // No manifest, no source and no lock file was touched or left.
    assert_eq!(project.files(), before);

    assert_eq!(built.name, "counter");
    assert!(built.artifacts.elf.ends_with("target/ink/counter/counter.elf"));
    let program = raw(&built);
    let image = Image::parse(&program).expect("it is a program image");
    assert_eq!(image.text.len(), built.sizes.text as usize);
    assert_eq!(program.len(), built.sizes.raw as usize);
    let stored = elf(&built);
    assert_eq!(stored.len(), built.sizes.image as usize);
    assert!(built.sizes.image < built.sizes.raw);
    assert!(fs::read(&built.artifacts.debug).expect("it was built").starts_with(b"\x7fELF"));
    assert_eq!(built.functions.iter().map(|f| f.size).sum::<u32>(), built.sizes.text);
    assert!(built.functions.windows(2).all(|pair| pair[0].gas >= pair[1].gas));

    let bundle = built.artifacts.bundle.as_ref().expect("it is an ink! contract");
    let bundle = ContractMetadata::load(bundle).expect("clients can read it");
    bundle.check_ink_compatibility().expect("clients know this ink!");
    assert_eq!(bundle.source.hash.0, code_hash(&stored));
    assert_eq!(bundle.source.wasm.as_ref().expect("a bundle has the program").0, stored);
    assert_eq!(bundle.source.language.to_string(), "ink! 5.1.1");
    assert_eq!(
        (bundle.contract.name.as_str(), bundle.contract.version.to_string()),
        ("counter", "1.2.3".into())
    );
    assert_eq!(bundle.contract.license.as_deref(), Some("Apache-2.0"));
    assert_eq!(bundle.abi["version"], 5);
    let messages: Vec<&str> = bundle.abi["spec"]["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|message| message["label"].as_str().expect("a name"))
        .collect();
    assert_eq!(messages, ["inc", "get"]);

    let metadata = built.artifacts.metadata.as_ref().expect("it is an ink! contract");
    let metadata = ContractMetadata::load(metadata).expect("clients can read it");
    assert!(metadata.source.wasm.is_none());
    assert_eq!(metadata.source.hash.0, code_hash(&stored));
    assert_eq!(metadata.abi, bundle.abi);
}

#[test]
fn what_did_not_change_is_not_built_again() {
    let project = Project::new("counter");
    let first = project.build().expect("it builds");
    assert!(!first.unchanged);
    let again = project.build().expect("it builds");
    assert!(again.unchanged);
    assert_eq!((again.code_hash.as_str(), again.sizes), (first.code_hash.as_str(), first.sizes));
    assert_eq!(again.functions, first.functions);

    // A comment changes no code, but it must be looked at.
    project.edit("lib.rs", "/// Adds one", "/// Adds 1");
    let commented = project.build().expect("it builds");
    assert!(!commented.unchanged);
    assert_eq!(commented.code_hash, first.code_hash);
    let json = fs::read_to_string(commented.artifacts.metadata.expect("it has one")).expect("it was built");
    assert!(json.contains("Adds 1,"), "the metadata has the new text");

    project.edit("lib.rs", "else { 1 }", "else { 3 }");
    let changed = project.build().expect("it builds");
    assert!(!changed.unchanged);
    assert_ne!(changed.code_hash, first.code_hash);

    // Another feature is another program; so is a lost artifact a reason.
    let double = Request { features: vec!["double".into()], ..project.request() };
    let doubled = build(&double, &mut |_| ()).expect("it builds");
    assert!(!doubled.unchanged);
    assert_ne!(doubled.code_hash, changed.code_hash);
    fs::remove_file(&doubled.artifacts.elf).expect("it is there");
    assert!(!build(&double, &mut |_| ()).expect("it builds").unchanged);
}

#[test]
fn the_same_sources_give_the_same_bytes_in_another_folder() {
    let (one, two) = (Project::new("counter"), Project::new("counter"));
    let deeper = two.root.join("much/deeper");
    copy(&one.root, &deeper);
    let a = one.build().expect("it builds");
    let b = build(&Request { manifest_path: deeper.join("Cargo.toml"), ..two.request() }, &mut |_| ())
        .expect("it builds");
    assert_eq!(elf(&a), elf(&b));
    let read = |path: &Option<PathBuf>| fs::read(path.as_ref().expect("it has one")).expect("it was built");
    assert_eq!(read(&a.artifacts.bundle), read(&b.artifacts.bundle));
    assert_eq!(
        fs::read(&a.artifacts.debug).expect("it was built"),
        fs::read(&b.artifacts.debug).expect("it was built")
    );
    // The same, with everything compiled again for the contract.
    let forced = build(&Request { force: true, ..one.request() }, &mut |_| ()).expect("it builds");
    assert_eq!(elf(&forced), elf(&b));
}

#[test]
fn contracts_of_one_name_do_not_mix_when_built_at_once() {
    let projects: Vec<Project> = (0..3).map(|_| Project::new("counter")).collect();
    for (index, project) in projects.iter().enumerate() {
        project.edit("lib.rs", "else { 1 }", &format!("else {{ {} }}", index + 5));
    }
    let together: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = projects
            .iter()
            .map(|project| scope.spawn(|| project.build().expect("it builds").code_hash))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    let alone: Vec<String> = projects
        .iter()
        .map(|project| {
            let request = Request { force: true, ..project.request() };
            build(&request, &mut |_| ()).expect("it builds").code_hash
        })
        .collect();
    assert_eq!(together, alone);
    assert_ne!(alone[0], alone[1]);
    assert_ne!(alone[1], alone[2]);
}

#[test]
fn members_of_a_workspace_may_depend_on_each_other() {
    let project = Project::new("workspace");
    let before = project.files();
    let caller = Request { manifest_path: project.root.join("caller"), ..project.request() };
    let caller = build(&caller, &mut |_| ()).expect("it builds");
    let callee = Request { manifest_path: project.root.join("callee/Cargo.toml"), ..project.request() };
    let callee = build(&callee, &mut |_| ()).expect("it builds");
    assert_eq!(project.files(), before);
    // The library's name, which is not the package's; and one `target` for the workspace.
    assert!(caller.artifacts.elf.ends_with("target/ink/the_caller/the_caller.elf"));
    assert!(callee.artifacts.elf.starts_with(project.root.join("target")));
    let json = fs::read_to_string(caller.artifacts.metadata.expect("it has one")).expect("it was built");
    assert!(json.contains("\"ask\"") && !json.contains("\"times\""), "it describes the caller");

    let location = Location::of(&project.root.join("caller")).expect("it is there");
    assert_eq!(
        (location.name.as_str(), location.folder),
        ("the_caller", caller.artifacts.elf.parent().expect("it has one").into())
    );

    // The manifest of the workspace itself is no contract.
    let error = project.build().expect_err("there is no contract");
    let BuildError::NotAPackage { members, .. } = &error else { panic!("{error}") };
    assert_eq!(members.len(), 2);

    // A change in the callee is a change of the caller.
    project.edit("callee/lib.rs", "checked_mul(by)", "checked_add(by)");
    let caller = Request { manifest_path: project.root.join("caller"), ..project.request() };
    assert!(!build(&caller, &mut |_| ()).expect("it builds").unchanged);
}

#[test]
fn a_lock_file_is_obeyed_and_left_alone() {
    let project = Project::new("counter");
    let built = project.build().expect("it builds");
    // What cargo resolved for the build without a lock file serves as the user's own.
    let lock = project.root.join("target/inkbpf/counter/lock-native/Cargo.lock");
    let text = fs::read_to_string(lock).expect("it was built");
    assert!(text.contains("name = \"pallet-contracts-uapi\"\nversion = \"9.0.0\"\nsource = "));
    fs::write(project.root.join("Cargo.lock"), &text).expect("the folder is ours");
    let before = project.files();
    let locked = project.build().expect("it builds");
    assert!(!locked.unchanged, "a lock file is an input");
    assert_eq!(locked.code_hash, built.code_hash);
    assert_eq!(project.files(), before);
}

#[test]
fn an_allocator_and_a_panic_handler_of_its_own_are_used() {
    let project = Project::new("own_runtime");
    let built = project.build().expect("it builds");
    // ink!'s allocator would make the linker give a heap.
    assert_eq!(built.sizes.heap, 0);
    assert!(built.sizes.bss >= 4096 + 16384);
}

#[test]
fn debug_builds_keep_messages() {
    let project = Project::new("counter");
    let text = b"the counter is full";
    let holds = |built: &Built| raw(built).windows(text.len()).any(|window| window == text);
    let debug = Request { debug: true, ..project.request() };
    let debug = build(&debug, &mut |_| ()).expect("it builds");
    assert!(debug.debug && holds(&debug));
    let plain = project.build().expect("it builds");
    assert!(!plain.unchanged && !holds(&plain));
    assert!(plain.sizes.image < debug.sizes.image);
}

#[test]
fn a_program_can_be_had_as_it_runs() {
    let project = Project::new("counter");
    let stored = project.build().expect("it builds");
    let (program, debug) = (raw(&stored), fs::read(&stored.artifacts.debug).expect("it was built"));
    let plain = build(&Request { no_compress: true, ..project.request() }, &mut |_| ()).expect("it builds");
    assert!(!plain.unchanged && plain.code_hash != stored.code_hash);
    assert!(elf(&plain) == program && plain.sizes.image == plain.sizes.raw);
    // Whatever names a slot means the same of both.
    assert!(fs::read(&plain.artifacts.debug).expect("it was built") == debug);
    assert_eq!(plain.functions, stored.functions);
    let again = project.build().expect("it builds");
    assert_eq!((again.unchanged, again.code_hash), (false, stored.code_hash));
}

#[test]
fn the_size_of_inks_buffer_is_obeyed() {
    let project = Project::new("counter");
    let plain = project.build().expect("it builds");
    let small = Request { static_buffer_size: Some("1024".into()), ..project.request() };
    let small = build(&small, &mut |_| ()).expect("it builds");
    assert_eq!(plain.sizes.bss - small.sizes.bss, 16384 - 1024);
    let json = fs::read_to_string(small.artifacts.metadata.expect("it has one")).expect("it was built");
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["spec"]["environment"]["staticBufferSize"], 1024);
    // And the next one without it is as before.
    assert_eq!(project.build().expect("it builds").code_hash, plain.code_hash);

    for wrong in ["", "0", "many", "-1", "99999999999"] {
        let request = Request { static_buffer_size: Some(wrong.into()), ..project.request() };
        assert!(matches!(build(&request, &mut |_| ()), Err(BuildError::BufferSize { .. })), "{wrong}");
    }
}

#[test]
fn checking_writes_no_artifacts() {
    let project = Project::new("counter");
    let checked = check(&project.request(), &mut |_| ()).expect("it checks");
    assert_eq!(checked.name, "counter");
    assert!(!project.root.join("target/ink").exists());
    assert_eq!(project.build().expect("it builds").sizes, checked.sizes);
}

#[test]
fn a_mistake_is_shown_in_rustcs_words() {
    let project = Project::new("counter");
    project.edit("lib.rs", "self.value\n        }\n    }", "self.valeu\n        }\n    }");
    let error = project.build().expect_err("it does not compile");
    let BuildError::Compile { krate: None, output: Some(output) } = &error else { panic!("{error}") };
    assert!(output.contains("no field `valeu`") && output.contains("lib.rs:"), "{output}");
    assert!(!project.root.join("target/ink/counter/counter.elf").exists());
}

/// The way of all refusals: relative to the workspace, as rustc's own messages.
#[test]
fn a_float_is_refused_by_its_place() {
    let project = Project::new("counter");
    project.edit("lib.rs", "            self.value\n", "            (self.value as f64 * 1.5) as u32\n");
    let error = project.build().expect_err("there are no floats");
    let BuildError::Legalize(error) = &error else { panic!("{error}") };
    let text = error.to_string();
    assert!(text.contains("Counter") && text.contains(" lib.rs:34"), "{text}");
}

#[test]
fn a_path_dependency_that_does_not_compile_is_the_authors_own() {
    let project = Project::new("workspace");
    project.edit("callee/lib.rs", "checked_mul(by)", "checked_mlu(by)");
    let request = Request { manifest_path: project.root.join("caller"), ..project.request() };
    let error = build(&request, &mut |_| ()).expect_err("it does not compile");
    let BuildError::Compile { krate: Some(krate), output: Some(output) } = &error else { panic!("{error}") };
    assert!(krate == "callee" && output.contains("checked_mlu"), "{error}");
}

/// The machine compares in one instruction what a loop compares byte by byte.
#[test]
fn memory_is_compared_copied_and_filled_by_the_machine() {
    let project = Project::new("counter");
    project.edit(
        "lib.rs",
        "#[ink(message)]\n        pub fn get",
        "#[ink(message)]
        pub fn same(&self, a: [u8; 32], b: [u8; 32]) -> bool { a == b }

        #[ink(message)]
        pub fn get",
    );
    let program = raw(&project.build().expect("it builds"));
    let image = Image::parse(&program).expect("it is a program image");
    assert!(calls(image.text, Intrinsic::MemCmp), "the contract has a comparison of its own");
    // No function of the compiler's takes the machine's place under another name.
    let object = fs::read(project.root.join("target/ink/counter/counter.debug")).expect("it was built");
    for name in ["memcmp", "memcpy", "memmove", "memset", "bcmp"] {
        let symbol = [&[0], name.as_bytes()].concat();
        assert!(!object.windows(symbol.len()).any(|bytes| bytes == symbol), "{name} is in the program");
    }
}

fn calls(text: &[u8], intrinsic: Intrinsic) -> bool {
    bpf_isa::instructions(text)
        .map(|insn| insn.expect("it is BPF").1)
        .any(|insn| insn.op.kind() == Kind::Call(Callee::Helper) && insn.imm == i64::from(intrinsic.number()))
}

#[test]
fn inline_assembly_is_refused_by_its_place() {
    let project = Project::new("counter");
    project.edit(
        "lib.rs",
        "            self.value\n",
        "            unsafe { core::arch::asm!(\"r0 = 1\") };\n            self.value\n",
    );
    let error = project.build().expect_err("eBPF's own assembly is unstable in rustc");
    let BuildError::InlineAssembly { krate, place, .. } = &error else { panic!("{error}") };
    assert_eq!(krate, "counter");
    assert!(place.contains("lib.rs:34:"), "{place}");
}

#[test]
fn a_message_that_ink_forbids_is_named() {
    let project = Project::new("enforced");
    let error = project.build().expect_err("ink! forbids it");
    assert!(matches!(error, BuildError::Link(_)), "{error}");
    let text = with_causes(&error);
    assert!(text.contains("Flip") && text.contains("flip"), "{text}");
}

#[test]
fn an_ink_that_is_too_old_is_named_with_what_to_do() {
    let project = Project::new("old_ink");
    let error = project.build().expect_err("it is too old");
    let BuildError::UnsupportedVersion { krate, found, .. } = &error else { panic!("{error}") };
    assert_eq!((krate.as_str(), found.as_str()), ("ink", "4.3.0"));
    assert!(error.to_string().contains("cargo update -p ink"));
}

#[test]
fn a_crate_that_needs_an_operating_system_is_named() {
    let project = Project::new("needs_os");
    let error = project.build().expect_err("there is none");
    let BuildError::Dependency { krate, output: Some(output), .. } = &error else { panic!("{error}") };
    assert_eq!(krate, "dlmalloc");
    assert!(output.contains("PAGE"), "{output}");
    assert!(error.to_string().contains("allocator"));
}

#[test]
fn what_is_asked_for_must_exist() {
    let project = Project::new("counter");
    let request = Request { features: vec!["triple".into()], ..project.request() };
    let error = build(&request, &mut |_| ()).expect_err("there is no such feature");
    assert!(error.to_string().contains("double"), "it lists what there is: {error}");

    let nowhere = Request { manifest_path: project.root.join("nowhere"), ..project.request() };
    assert!(matches!(build(&nowhere, &mut |_| ()), Err(BuildError::NoManifest { .. })));

    let no_compiler = Request { rustc: Some("/nonexistent/rustc".into()), ..project.request() };
    let error = build(&no_compiler, &mut |_| ()).expect_err("there is no such compiler");
    assert!(matches!(error, BuildError::NoToolchain { .. }));
    assert!(error.to_string().contains("rust-src"));
}

#[test]
fn features_of_dependencies_may_be_asked_for() {
    let project = Project::new("counter");
    let request = Request { features: vec!["ink/ink-debug".into(), "double".into()], ..project.request() };
    let built = build(&request, &mut |_| ()).expect("it builds");
    assert!(built.artifacts.metadata.is_some());
}

/// cargo-contract builds these; no crate can depend on one, and the program that makes the metadata does.
#[test]
fn a_library_for_c_alone_is_a_contract_like_any_other() {
    let (project, other) = (Project::new("counter"), Project::new("counter"));
    let plain = other.build().expect("it builds");
    project.edit("Cargo.toml", "[lib]", "[lib]\ncrate-type = [\"cdylib\"]");
    let before = project.files();
    let built = project.build().expect("it builds");
    assert_eq!(project.files(), before);
    assert_eq!(built.code_hash, plain.code_hash);
    let bundle = |built: &Built| {
        ContractMetadata::load(built.artifacts.bundle.as_ref().expect("it is an ink! contract"))
            .expect("clients can read it")
    };
    assert_eq!(bundle(&built).abi, bundle(&plain).abi);
}

#[test]
fn a_wrapper_of_the_compiler_is_the_users_own_affair() {
    let project = Project::new("counter");
    let config = project.root.join(".cargo/config.toml");
    fs::create_dir_all(config.parent().expect("it has one")).expect("the folder is ours");
    fs::write(&config, "[build]\nrustc-wrapper = \"/nonexistent/wrapper\"\n").expect("the file is ours");
    project.build().expect("it builds");
}

#[test]
fn sources_that_cannot_be_written_to_are_built_elsewhere() {
    let project = Project::new("counter");
    let before = project.files();
    let elsewhere = project.root.with_file_name("elsewhere");
    let request = Request { target_dir: Some(elsewhere.clone()), ..project.request() };
    let built = build(&request, &mut |_| ()).expect("it builds");
    assert_eq!(project.files(), before);
    assert!(!project.root.join("target").exists());
    let location = Location::of(&project.root).expect("it is there").in_target_dir(&elsewhere);
    assert_eq!(built.artifacts.elf, location.folder.join("counter.elf"));
    assert!(built.artifacts.bundle.is_some());
    assert!(build(&request, &mut |_| ()).expect("it builds").unchanged);
}

/// It is there for nightly compilers and Wasm, and means neither the eBPF build nor the native one.
#[test]
fn a_library_that_the_users_configuration_wants_built_is_for_other_builds() {
    let (project, other) = (Project::new("counter"), Project::new("counter"));
    let plain = other.build().expect("it builds");
    let config = project.root.join(".cargo/config.toml");
    fs::create_dir_all(config.parent().expect("it has one")).expect("the folder is ours");
    let text =
        "[unstable]\nbuild-std = [\"core\", \"alloc\"]\nbuild-std-features = [\"panic_immediate_abort\"]\n";
    fs::write(&config, text).expect("the file is ours");
    let built = project.build().expect("it builds");
    assert_eq!(built.code_hash, plain.code_hash);
    assert!(built.artifacts.metadata.is_some());
}

#[test]
fn a_source_that_reads_the_environment_is_looked_at_each_time() {
    let project = Project::new("counter");
    project.edit("lib.rs", "else { 1 }", "else { option_env!(\"INKBPF_TEST_STEP\").map_or(1, |_| 5) }");
    for _ in 0..2 {
        assert!(!project.build().expect("it builds").unchanged);
    }
}

#[test]
fn a_contract_without_ink_is_a_program_without_a_bundle() {
    let project = Project::new("counter");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/adder");
    let root = project.root.join("adder");
    fs::create_dir_all(&root).expect("the folder is ours");
    for file in ["Cargo.toml", "lib.rs"] {
        fs::copy(examples.join(file), root.join(file)).expect("the example is there");
    }
    let mut manifest = fs::read_to_string(root.join("Cargo.toml")).expect("the file is ours");
    manifest += "\n[workspace]\n";
    fs::write(root.join("Cargo.toml"), manifest).expect("the file is ours");
    let built = build(&Request { manifest_path: root, ..project.request() }, &mut |_| ()).expect("it builds");
    Image::parse(&raw(&built)).expect("it is a program image");
    assert!(built.artifacts.metadata.is_none() && built.artifacts.bundle.is_none());
}
