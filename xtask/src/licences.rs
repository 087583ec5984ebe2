//! Licences of everything that may ship: permissive only, no GPL or AGPL.

use crate::Fault;

/// Licences that may ship. An `OR` needs one of them, an `AND` all.
const PERMITTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "IJG",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn permitted(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain
        .split(" AND ")
        .all(|all| all.split(" OR ").any(|one| PERMITTED.contains(&one.trim())))
}

/// Packages without a licence or with one that may not ship.
pub fn check(metadata: &serde_json::Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("?");
        match package["license"].as_str() {
            Some(licence) if permitted(licence) => {}
            Some(licence) => {
                faults.push(format!("`{name}` is under {licence}: find another library"))
            }
            None => faults.push(format!("`{name}` states no licence: find another library")),
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::permitted;

    #[test]
    fn expressions_are_read() {
        assert!(permitted("MIT OR Apache-2.0"));
        assert!(permitted("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(permitted("MIT/Apache-2.0"));
        assert!(!permitted("GPL-3.0-or-later"));
        assert!(!permitted("MIT AND AGPL-3.0"));
    }
}
