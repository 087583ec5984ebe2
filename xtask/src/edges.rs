//! Which room may be built on which: the allow-list of ARCHITECTURE.md, as a check.

use std::collections::{BTreeMap, BTreeSet};

use crate::Fault;

/// Direct permissions; what those rooms are built on is permitted too.
const BUILT_ON: &[(&str, &[&str])] = &[
    ("geo", &[]),
    ("photo", &["geo"]),
    ("mission", &["photo"]),
    ("plan", &["mission"]),
    ("link", &["mission"]),
    ("sim", &["link"]),
    ("rehearse", &["plan", "sim"]),
    ("fly", &["link"]),
    ("downlink", &[]),
    ("mosaic", &["mission"]),
    ("store", &["mission"]),
    ("air", &["link", "downlink", "store"]),
    ("ground", &["rehearse", "fly", "mosaic", "air"]),
    ("whimbrel", &["ground"]),
    ("testkit", &["rehearse", "fly", "downlink", "mosaic"]),
    ("xtask", &[]),
];

fn permitted(name: &str) -> Option<BTreeSet<&'static str>> {
    let direct = BUILT_ON.iter().find(|(room, _)| *room == name)?.1;
    let mut all: BTreeSet<&'static str> = direct.iter().copied().collect();
    for room in direct {
        all.extend(permitted(room).unwrap_or_default());
    }
    Some(all)
}

fn room(package: &str) -> Option<&str> {
    match package {
        "whimbrel" | "xtask" => Some(package),
        _ => package.strip_prefix("whimbrel-"),
    }
}

/// Edges that the allow-list does not know, rooms that it does not name, and dev-dependencies in a circle.
pub fn check(metadata: &serde_json::Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut any_edge: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if !package["source"].is_null() {
            continue;
        }
        let Some(name) = package["name"].as_str().and_then(room) else {
            continue;
        };
        let Some(allowed) = permitted(name) else {
            faults.push(format!(
                "room `{name}` is not in xtask/src/edges.rs: add it there and to ARCHITECTURE.md"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(to) = dependency["name"].as_str().and_then(room) else {
                continue;
            };
            any_edge.entry(name.into()).or_default().insert(to.into());
            if dependency["kind"].as_str() != Some("dev") && !allowed.contains(to) {
                faults.push(format!("`{name}` may not be built on `{to}`: a new edge needs a line in ARCHITECTURE.md"));
            }
        }
    }
    for start in any_edge.keys() {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(at) = open.pop() {
            for to in any_edge.get(&at).into_iter().flatten() {
                if to == start {
                    faults.push(format!(
                        "`{start}` depends on itself by way of `{at}` (dev-dependencies count)"
                    ));
                } else if seen.insert(to.clone()) {
                    open.push(to.clone());
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_edge_is_named() {
        let metadata = serde_json::json!({"packages": [
            {"name": "whimbrel-geo", "source": null, "dependencies": [{"name": "whimbrel-plan", "kind": null}]},
            {"name": "whimbrel-plan", "source": null, "dependencies": [{"name": "whimbrel-geo", "kind": null}]},
        ]});
        let faults = check(&metadata);
        assert!(
            faults
                .iter()
                .any(|f| f.contains("`geo` may not be built on `plan`")),
            "{faults:?}"
        );
        assert!(
            faults.iter().any(|f| f.contains("depends on itself")),
            "{faults:?}"
        );
    }
}
