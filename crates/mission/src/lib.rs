//! Whimbrel's `mission`: the rules of the trade: areas, cameras, vehicles, missions and their file formats.
