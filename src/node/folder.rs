//! The data folder: a lasting one, or a temporary one that goes with the process.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A folder that exists.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    ephemeral: bool,
}

impl DataFolder {
    /// Makes the folder, readable by its owner only, if it is not there.
    pub fn open(path: &Path) -> io::Result<Self> {
        make(path, true)?;
        Ok(Self { path: path.to_owned(), ephemeral: false })
    }

    /// Makes a new folder that is removed on drop.
    pub fn ephemeral() -> io::Result<Self> {
        let name = format!("fathom-{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        make(&path, false)?;
        Ok(Self { path, ephemeral: true })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn make(path: &Path, recursive: bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(recursive).mode(0o700).create(path)
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        if self.ephemeral
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(target: "node", path = %self.path.display(), %error, "not removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ephemeral_folder_goes_and_a_lasting_one_stays() {
        let ephemeral = DataFolder::ephemeral().expect("a temporary folder");
        let path = ephemeral.path().to_owned();
        std::fs::write(path.join("data.mdb"), b"x").expect("the folder is writable");
        drop(ephemeral);
        assert!(!path.exists());

        let parent = tempfile::tempdir().expect("a temporary folder");
        let path = parent.path().join("a/b");
        drop(DataFolder::open(&path).expect("made"));
        drop(DataFolder::open(&path).expect("found"));
        assert!(path.is_dir());
    }
}
