//! Prints the npm package's types and the list of operations from the Rust source.

use std::fs;
use std::path::{Path, PathBuf};

mod model;
mod operations;
mod rows;
mod source;
mod typescript;

use model::Vendor;

/// Writes the generated files, or with `check` says which are stale.
pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let vendors = source::read_vendors(root)?;
    let files = printed(&vendors)?;
    let stale: Vec<String> = files.iter().filter_map(|(path, text)| difference(root, path, text)).collect();
    if check {
        return match stale.is_empty() {
            true => Ok(()),
            false => Err(format!("{}\nrun `cargo xtask codegen` and commit what it writes", stale.join("\n"))),
        };
    }
    for (path, text) in &files {
        let target = root.join(path);
        if fs::read_to_string(&target).is_ok_and(|old| old == *text) {
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        fs::write(&target, text).map_err(|error| format!("cannot write {}: {error}", target.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn printed(vendors: &[Vendor]) -> Result<Vec<(PathBuf, String)>, String> {
    let types = Path::new("www/package/types");
    let mut files = vec![
        (types.join("vendors.d.ts"), typescript::index(vendors)),
        (PathBuf::from("www/package/OPERATIONS.md"), operations::table(vendors)),
        (PathBuf::from("www/package/words.js"), operations::words(vendors)?),
    ];
    for vendor in vendors {
        files.push((types.join(format!("{}.d.ts", vendor.name)), typescript::vendor(vendor)?));
    }
    Ok(files)
}

/// Says where a file on disk differs from what would be written.
fn difference(root: &Path, path: &Path, text: &str) -> Option<String> {
    let Ok(old) = fs::read_to_string(root.join(path)) else {
        return Some(format!("{} is missing", path.display()));
    };
    if old == text {
        return None;
    }
    let mut lines = old.lines().zip(text.lines()).enumerate();
    let (line, detail) = match lines.find(|(_, (old, new))| old != new) {
        Some((at, (old, new))) => (at + 1, format!("\n  - {old}\n  + {new}")),
        None => (old.lines().count().min(text.lines().count()) + 1, " (one of the two ends here)".to_owned()),
    };
    Some(format!("{}:{line} is stale{detail}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_named_with_its_first_different_line() {
        let root = std::env::temp_dir().join(format!("countersign-codegen-{}", std::process::id()));
        fs::create_dir_all(&root).expect("a temporary folder");
        fs::write(root.join("a.d.ts"), "one\ntwo\n").expect("a file");
        assert_eq!(difference(&root, Path::new("a.d.ts"), "one\ntwo\n"), None);
        let stale = difference(&root, Path::new("a.d.ts"), "one\nthree\n").expect("a difference");
        assert_eq!(stale, "a.d.ts:2 is stale\n  - two\n  + three");
        assert_eq!(difference(&root, Path::new("b.d.ts"), ""), Some("b.d.ts is missing".to_owned()));
        fs::remove_dir_all(&root).expect("the folder goes");
    }
}
