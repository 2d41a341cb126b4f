//! Compiles the kernels for every machine: one `cargo build` for each, with the same flags and the same
//! profile.
//!
//! | machine | how |
//! | --- | --- |
//! | native | `x86_64-unknown-linux-gnu` as rustc has it (no `target-cpu`), one shared library a kernel |
//! | BPF | bitcode for the target that contracts are built for, then `bpf-legalize` and `bpf-linker`, as for contracts |
//! | Wasm | `wasm32-unknown-unknown` as rustc has it, and nothing after rustc |
//! | PolkaVM | its own target description, its own linker |
//!
//! `core` is compiled again for each machine, so that the flags apply to it too. On every machine a panic
//! stops at once, so that no kernel contains messages. Crates with code for particular processors are told to
//! use the portable code (`PORTABLE`). Otherwise the native side would run different source.

use anyhow::{bail, ensure, Context, Result};
use bpf_legalize::LlvmLocation;
use inkbpf_build::Toolchain;
use object::read::archive::ArchiveFile;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Selects portable code in crates that also have code for x86-64.
const PORTABLE: &[&str] = &["sha2_backend=\"soft\"", "curve25519_dalek_backend=\"serial\""];

const WASM: &str = "wasm32-unknown-unknown";
#[cfg(feature = "peers")]
const RISCV: &str = "riscv64emac-unknown-none-polkavm";
const BPF: &str = "bpfel-inkbpf-contract";

/// The target of `inkbpf build`, which compiles contracts for size. Its name matters: for this target
/// `compiler-builtins` has no `memcmp` of its own.
const BPF_TARGET: &str = r#"{
    "arch": "bpf", "llvm-target": "bpfel", "cpu": "v4",
    "data-layout": "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128", "target-pointer-width": 64,
    "linker-flavor": "bpf", "obj-is-bitcode": true, "no-builtins": true,
    "panic-strategy": "abort", "singlethread": true,
    "atomic-cas": true, "min-atomic-width": 8, "max-atomic-width": 64
}
"#;

/// A kernel in each machine's form.
#[derive(Clone, Debug)]
pub struct Programs {
    /// A shared library with the functions `setup` and `run`.
    pub native: PathBuf,
    /// A program image whose entry points `deploy` and `call` are these two functions.
    pub image: Vec<u8>,
    /// The same for CPU v3, which other eBPF machines support.
    pub image_v3: Vec<u8>,
    /// A module that exports the two.
    pub wasm: Vec<u8>,
    /// A program blob that exports the two.
    #[cfg(feature = "peers")]
    pub polkavm: Vec<u8>,
}

impl Programs {
    /// Size of the Wasm module's code section in bytes: the source of its machine code.
    ///
    /// # Errors
    /// If it is not a Wasm module.
    pub fn wasm_code(&self) -> Result<usize> {
        // Eight bytes of header, then sections: a number, a length in LEB128, contents.
        let mut rest = self.wasm.get(8..).context("no Wasm module")?;
        while let Some((&id, after)) = rest.split_first() {
            let (mut len, mut used) = (0usize, 0);
            loop {
                let byte = *after.get(used).context("a Wasm module cut short")?;
                len |= usize::from(byte & 0x7f) << (7 * used);
                used += 1;
                if byte < 0x80 || used == 5 {
                    break;
                }
            }
            if id == 10 {
                return Ok(len);
            }
            rest = after.get(used + len..).context("a Wasm module cut short")?;
        }
        bail!("a Wasm module without code")
    }
}

/// The compiler for the kernels, with its results.
#[derive(Clone, Debug)]
pub struct Compiler {
    toolchain: Toolchain,
    folder: PathBuf,
}

impl Compiler {
    /// Compiles all kernels for all machines, unless nothing has changed.
    ///
    /// # Errors
    /// If there is no compiler with the sources of its library, or if something does not compile.
    pub fn new() -> Result<Compiler> {
        let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels");
        let toolchain = Toolchain::find(None, &kernels)?;
        let folder = target_folder()?.join("kernels");
        let compiler = Compiler { toolchain, folder };
        std::fs::create_dir_all(&compiler.folder)?;
        let bpf = compiler.target_file(BPF, BPF_TARGET)?;
        for target in [compiler.toolchain.host.as_str(), WASM, &bpf] {
            compiler.cargo(&kernels, target)?;
        }
        #[cfg(feature = "peers")]
        {
            let riscv = compiler.target_file(RISCV, polkavm_linker::TARGET_JSON_64_BIT_NEW)?;
            compiler.cargo(&kernels, &riscv)?;
        }
        Ok(compiler)
    }

    /// The compiler's version line.
    pub fn version(&self) -> &str {
        &self.toolchain.version
    }

    /// A kernel's programs.
    ///
    /// # Errors
    /// If there is no such kernel, or if one of our tools or PolkaVM's linker refuses it.
    pub fn programs(&self, kernel: &str) -> Result<Programs> {
        let built = |target: &str, file: String| {
            let path = self.folder.join(target).join("release/examples").join(file);
            ensure!(path.is_file(), "there is no {}: is `{kernel}` in Cargo.toml?", path.display());
            Ok(path)
        };
        let bitcode = only_member(&std::fs::read(built(BPF, format!("lib{kernel}.a"))?)?)?;
        Ok(Programs {
            native: built(&self.toolchain.host, format!("lib{kernel}.so"))?,
            image: self.image(&bitcode, "v4")?,
            image_v3: self.image(&bitcode, "v3")?,
            wasm: std::fs::read(built(WASM, format!("{kernel}.wasm"))?)?,
            #[cfg(feature = "peers")]
            polkavm: polkavm(&std::fs::read(built(RISCV, format!("{kernel}.elf"))?)?)?,
        })
    }

    /// Translates bitcode to a program image, as `inkbpf build` does.
    fn image(&self, bitcode: &[u8], cpu: &str) -> Result<Vec<u8>> {
        let options = bpf_legalize::Options {
            cpu: cpu.into(),
            entry_points: vec!["setup".into(), "run".into()],
            debug_info: false,
            ..bpf_legalize::Options::contract(LlvmLocation::Rustc(self.toolchain.rustc.clone()))
        };
        let object = bpf_legalize::legalize(bitcode, &options).context("bpf-legalize")?;
        let options = bpf_linker::Options {
            deploy: "setup".into(),
            call: "run".into(),
            debug: false,
            ..Default::default()
        };
        let input = bpf_linker::Input { name: "kernel.o", bytes: &object.elf };
        Ok(bpf_linker::link(&[input], &options).context("bpf-linker")?.image)
    }

    fn target_file(&self, name: &str, text: &str) -> Result<String> {
        let path = self.folder.join(format!("{name}.json"));
        // Cargo would compile `core` again if the file were newer.
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            std::fs::write(&path, text)?;
        }
        Ok(path.to_str().context("the target folder's path is not UTF-8")?.to_owned())
    }

    fn cargo(&self, kernels: &Path, target: &str) -> Result<()> {
        let mut flags: Vec<String> =
            ["-Zunstable-options", "-Cpanic=immediate-abort"].map(String::from).into();
        for cfg in PORTABLE {
            flags.extend(["--cfg".to_owned(), (*cfg).to_owned()]);
        }
        let mut command = Command::new(&self.toolchain.cargo);
        for name in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTUP_TOOLCHAIN", "RUSTC_WORKSPACE_WRAPPER"] {
            command.env_remove(name);
        }
        command
            .current_dir(kernels)
            .args(["build", "--locked", "--release", "--quiet", "--examples", "--target", target])
            .args(["-Zbuild-std=core", "-Zjson-target-spec"])
            .env("RUSTC", &self.toolchain.rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
            .env("CARGO_TARGET_DIR", &self.folder);
        let output = command.output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!("the kernels do not compile for {target}:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

/// Turns an ELF file for PolkaVM into a program blob, as `polkatool link` does, with the same stack size as
/// ours.
#[cfg(feature = "peers")]
fn polkavm(elf: &[u8]) -> Result<Vec<u8>> {
    let mut config = polkavm_linker::Config::default();
    config.set_strip(true).set_optimize(true).set_min_stack_size(contract_abi::memory::DEFAULT_STACK_SIZE);
    let set = polkavm_linker::TargetInstructionSet::Latest;
    polkavm_linker::program_from_elf(config, set, elf)
        .map_err(|error| anyhow::anyhow!("PolkaVM's linker: {error}"))
}

/// The only member of a static library: the module that LTO produces.
fn only_member(archive: &[u8]) -> Result<Vec<u8>> {
    let file = ArchiveFile::parse(archive)?;
    let mut members = file.members();
    let member = members.next().context("an empty static library")??;
    ensure!(members.next().is_none(), "a static library of more than one module");
    Ok(member.data(archive)?.to_vec())
}

/// The folder into which cargo compiled this program.
///
/// # Errors
/// If cargo did not.
pub fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let found = program.ancestors().find(|folder| folder.join(".rustc_info.json").is_file());
    Ok(found.with_context(|| format!("{} is not in cargo's target folder", program.display()))?.to_path_buf())
}
