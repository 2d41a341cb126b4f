//! Copies of fixtures.

use inkbpf_build::{build, BuildError, Built, Request};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A copy of a fixture in a folder of its own, outside of this workspace; removed with everything
/// built in it.
pub struct Project {
    /// The folder.
    pub root: PathBuf,
}

impl Project {
    /// Copies a fixture.
    pub fn new(fixture: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("inkbpf-test-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(folder).join("a project");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture), &root);
        Self { root }
    }

    /// Asks for its build.
    pub fn request(&self) -> Request {
        Request { static_buffer_size: None, ..Request::new(&self.root) }
    }

    /// Builds it.
    pub fn build(&self) -> Result<Built, BuildError> {
        build(&self.request(), &mut |_| ())
    }

    /// Every file outside `target`, with its contents.
    #[allow(dead_code)] // Not every test crate uses it.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("the folder is ours") {
                let path = entry.expect("the folder is ours").path();
                if path.is_dir() {
                    if path != self.root.join("target") {
                        folders.push(path);
                    }
                } else {
                    let contents = fs::read(&path).expect("the file is ours");
                    files.insert(path, contents);
                }
            }
        }
        files
    }

    /// Replaces text in a file.
    #[allow(dead_code)] // Not every test crate uses it.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).expect("the file is ours");
        assert!(text.contains(from), "{file} holds {from}");
        fs::write(&path, text.replace(from, to)).expect("the file is ours");
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.root.parent().expect("it has one"));
    }
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is ours");
    for entry in fs::read_dir(from).expect("the fixture is there") {
        let entry = entry.expect("the fixture is there");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("the folder is ours");
        }
    }
}
