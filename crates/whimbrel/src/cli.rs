//! The command line: a contract that scripts and benchmarks rely on.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use whimbrel_link::endpoint::Endpoint;
use whimbrel_mission::format::wpml::Aircraft;

use crate::moment::{Date, Exposure, TimeOfDay};
use crate::quantities::{Length, Outage, Place, Rate, Share, Wind};

/// From an area on a map to a finished map of that area, flown by unarmed survey drones.
#[derive(Debug, Parser)]
#[command(
    name = "whimbrel",
    version,
    about,
    after_help = "Begin with `whimbrel demo`: two simulated aircraft photograph a landscape, and its map grows in the console.\nEvery command has --help with examples."
)]
pub struct Cli {
    /// Print JSON on stdout: one document, or one line an event for commands that go on
    #[arg(long, global = true)]
    pub json: bool,
    /// End when stdin is closed: with the program that started this one
    #[arg(long, global = true, hide = true)]
    pub with_parent: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plan, fly, receive and map a simulated survey, from end to end
    #[command(
        after_help = "Examples:\n  whimbrel demo\n  whimbrel demo --headless --seed 7 -o out/demo\n  whimbrel demo --speed 2        slower, to look around"
    )]
    Demo(Demo),
    /// Plan a survey: area, camera and vehicle in, sorties out
    #[command(
        after_help = "Examples:\n  whimbrel plan field.geojson --camera mapper --gsd 3cm --vehicle quad -o field.plan\n  whimbrel plan area.kml --height 120m --dem dem.tif --home 46.81,9.85 --report report.json\n  whimbrel plan area.kml --height 100m --line-spacing 40m   without a camera\n  whimbrel plan parcels.gpkg --no-fly airspace.txt --camera p1-35 --gsd 2cm -o out.kmz --briefing out.html"
    )]
    Plan(Box<Plan>),
    /// List the cameras that plans know
    #[command(
        after_help = "Examples:\n  whimbrel cameras\n  whimbrel cameras zenmuse p1\n  whimbrel cameras FC6310 --json"
    )]
    Cameras(Cameras),
    /// Fly a mission many times in simulation and count what happens
    #[command(
        after_help = "Examples:\n  whimbrel rehearse field.plan --vehicle quad --runs 1000 --wind 8,270 -o evidence/"
    )]
    Rehearse(Rehearse),
    /// Simulate aircraft that speak MAVLink like ArduPilot or PX4
    #[command(
        after_help = "Examples:\n  whimbrel sim --vehicle quad --autopilot px4 --mavlink udpout:127.0.0.1:14550\n  whimbrel sim --vehicle fixed-wing --mavlink tcpin:127.0.0.1:5760 --home 46.81,9.85,1600,90 --speed 5"
    )]
    Sim(Sim),
    /// Serve the console: aircraft, photos, map and record
    #[command(
        after_help = "Examples:\n  whimbrel serve --mavlink udpin:0.0.0.0:14550\n  whimbrel serve --mavlink serial:/dev/ttyUSB0:57600 --receive udp:0.0.0.0:8471 --key aircraft.key --data survey/"
    )]
    Serve(Serve),
    /// Run on the aircraft: send photos as they are taken
    #[command(
        after_help = "Examples:\n  whimbrel air --photos /media/camera --to udp:10.0.0.1:8471 --key aircraft.key --rate 2Mbit"
    )]
    Air(Air),
    /// Send a folder of files over a bad radio
    #[command(
        after_help = "Examples:\n  whimbrel send photos/ --to udp:10.0.0.1:8472 --key pair.key --rate 2Mbit"
    )]
    Send(Send),
    /// Receive what `send` sends
    #[command(
        after_help = "Examples:\n  whimbrel receive --listen udp:0.0.0.0:8472 --key pair.key -o received/ --once"
    )]
    Receive(Receive),
    /// Make a map of a folder of photos
    #[command(
        after_help = "Examples:\n  whimbrel map photos/ -o out/\n  whimbrel map photos/ --crs 25832 --strict --json -o out/"
    )]
    Map(Map),
    /// Say what is wrong with ports, permissions, disk and clock
    #[command(
        after_help = "Examples:\n  whimbrel doctor\n  whimbrel doctor --mavlink serial:/dev/ttyUSB0:57600 --data survey/"
    )]
    Doctor(Doctor),
    /// Print a new one-time code to sign in to the console with
    #[command(after_help = "Examples:\n  whimbrel code --data survey/")]
    Code {
        /// Data folder of the server
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Make a new key for an aircraft's downlink
    #[command(after_help = "Examples:\n  whimbrel key > aircraft.key")]
    Key,
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  whimbrel completions bash > /etc/bash_completion.d/whimbrel"
    )]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// How the simulated clock of several processes is kept together.
#[derive(Args, Clone, Debug)]
pub struct ClockArgs {
    /// Simulated seconds per second of the wall
    #[arg(long, default_value_t = 1.0, value_name = "X")]
    pub speed: f64,
    /// Moment (seconds since the Unix epoch) from which time runs at --speed; now, if not given
    #[arg(long, value_name = "UNIX_S", hide = true)]
    pub speed_from: Option<f64>,
    /// File in which another process tells changes of the speed
    #[arg(long, value_name = "FILE", hide = true)]
    pub pace: Option<PathBuf>,
}

impl ClockArgs {
    /// The clock that was asked for.
    pub fn clock(&self) -> Result<whimbrel_air::Clock, whimbrel_air::ClockError> {
        match &self.pace {
            Some(path) => whimbrel_air::Clock::paced(self.speed, self.speed_from, path),
            None => whimbrel_air::Clock::new(self.speed, self.speed_from),
        }
    }
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Without a browser
    #[arg(long)]
    pub headless: bool,
    /// Chance of landscape, weather, sensors and radio
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Simulated seconds per second of the wall
    #[arg(long, value_name = "X")]
    pub speed: Option<f64>,
    /// Side of the surveyed square
    #[arg(long, default_value = "460m", value_name = "LENGTH")]
    pub side: Length,
    /// Ground sample distance of the photos
    #[arg(long, default_value = "9.5cm", value_name = "LENGTH")]
    pub gsd: Length,
    /// Where the console is served
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// Folder of the results; one that was begun is gone on with
    #[arg(short, long, default_value = "whimbrel-demo", value_name = "DIR")]
    pub output: PathBuf,
}

/// What a plan is optimised for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Objective {
    /// Least flight time
    Time,
    /// Shortest route
    Length,
    /// Fewest photos
    Photos,
}

/// How lines cross an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pattern {
    /// In one direction
    Parallel,
    /// In two directions across each other
    Crosshatch,
}

/// What several vehicles make as small as possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BalanceArg {
    /// The time until the last one is back
    Makespan,
    /// The number of flights, then the time in the air of all together
    Effort,
}

/// What the heights of a DEM are measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DemDatum {
    /// Mean sea level by EGM96 (SRTM, national models)
    Egm96,
    /// Mean sea level by EGM2008 (Copernicus)
    Egm2008,
    /// The WGS 84 ellipsoid
    Ellipsoid,
}

/// What is asked of the line of sight to the ground radio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LineOfSight {
    /// Say where it is lost
    Report,
    /// Fly higher where the tolerance allows, else refuse
    Require,
}

/// The terrain of a plan and how its heights keep to it.
#[derive(Args, Debug)]
pub struct TerrainArgs {
    /// Terrain (GeoTIFF or .hgt); several tiles may be given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub dem: Vec<PathBuf>,
    /// What the DEM's heights are measured from, when it does not say so itself
    #[arg(long, value_enum)]
    pub dem_datum: Option<DemDatum>,
    /// Heights of the EGM2008 geoid (GeographicLib's .pgm), for DEMs above EGM2008
    #[arg(long, value_name = "FILE")]
    pub geoid: Option<PathBuf>,
    /// Surface model (trees, buildings) to keep clear of; several tiles may be given
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub surface: Vec<PathBuf>,
    /// Towers, masts, power lines with height_m or top_m (GeoJSON or CSV)
    #[arg(long, value_name = "FILE")]
    pub obstacles: Vec<PathBuf>,
    /// Least height over surfaces and obstacles; 20m, or the survey height where that is less
    #[arg(long, value_name = "LENGTH")]
    pub clearance: Option<Length>,
    /// Least height over the highest ground under a photo; by default the survey height
    #[arg(long, value_name = "LENGTH")]
    pub floor: Option<Length>,
    /// Keep the survey height over the ground below within so much, up and down
    #[arg(long, value_name = "LENGTH")]
    pub terrain_tolerance: Option<Length>,
    /// Ground radio, for the line of sight to it
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub radio: Option<Place>,
    /// Height of its antenna above ground
    #[arg(long, value_name = "LENGTH", default_value = "2m")]
    pub antenna: Length,
    /// Its frequency in MHz
    #[arg(long, value_name = "MHZ", default_value_t = 2400.0)]
    pub radio_mhz: f64,
    /// What is asked of the line of sight
    #[arg(long, value_enum, default_value = "report", requires = "radio")]
    pub line_of_sight: LineOfSight,
}

#[derive(Args, Debug)]
pub struct Plan {
    /// The area to photograph: GeoJSON, KML, KMZ, Shapefile (.shp or zipped), GeoPackage, GPX, WKT, CSV, .plan
    pub area: PathBuf,
    /// Camera: a key of the catalogue (`whimbrel cameras`) or a file
    #[arg(long, value_name = "CAMERA")]
    pub camera: Option<String>,
    /// Vehicle: quad, fixed-wing, quadplane or a file; again for each aircraft of another type
    #[arg(long, default_value = "quad", value_name = "VEHICLE")]
    pub vehicle: Vec<String>,
    /// Ground sample distance
    #[arg(long, value_name = "LENGTH", conflicts_with = "height")]
    pub gsd: Option<Length>,
    /// Height over ground
    #[arg(long, value_name = "LENGTH")]
    pub height: Option<Length>,
    /// Distance between lines (instead of a camera, together with --height)
    #[arg(long, value_name = "LENGTH")]
    pub line_spacing: Option<Length>,
    /// Overlap along the line
    #[arg(long, default_value = "75%", value_name = "SHARE")]
    pub forward: Share,
    /// Overlap between lines
    #[arg(long, default_value = "65%", value_name = "SHARE")]
    pub side: Share,
    /// Exposure of the photos; by default 1/1000 or the nearest that the camera has
    #[arg(long, value_name = "1/S")]
    pub exposure: Option<Exposure>,
    /// Farthest that a picture may move on the sensor during the exposure, in pixels
    #[arg(long, default_value_t = 1.0, value_name = "PX")]
    pub blur: f64,
    /// Day of the flights: the report then tells the sun
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<Date>,
    /// Take-off of the first flight, UTC unless an offset is given
    #[arg(
        long,
        value_name = "HH:MM[+HH:MM]",
        default_value = "12:00",
        requires = "date"
    )]
    pub time: TimeOfDay,
    /// Refuse to fly while the sun is lower than this
    #[arg(long, value_name = "DEG", requires = "date")]
    pub sun_min: Option<f64>,
    /// Refuse times at which water would mirror the sun into the pictures
    #[arg(long, requires = "date")]
    pub over_water: bool,
    /// Terrain and heights
    #[command(flatten)]
    pub terrain: TerrainArgs,
    /// Where the aircraft may be (polygon file, formats as AREA); by default the area and what turns need
    #[arg(long, value_name = "FILE")]
    pub airspace: Option<PathBuf>,
    /// Where the aircraft may not be: formats as AREA, and airspace as OpenAir, ED-269, ED-318, FAA facility maps; zones above or below the flight are left out
    #[arg(long, value_name = "FILE")]
    pub no_fly: Vec<PathBuf>,
    /// Fly in zones of this name (or a part of it), for which there is a permission; what is prohibited stays so
    #[arg(long, value_name = "NAME")]
    pub permit: Vec<String>,
    /// Launch place LAT,LON or LAT,LON,AMSL_M,HEADING_DEG; without it the route is open; more places than vehicles: all vehicles use all of them
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub home: Vec<Place>,
    /// Wind SPEED,FROM_DEG in m/s and degrees
    #[arg(long, value_name = "WIND")]
    pub wind: Option<Wind>,
    /// What is made as small as possible
    #[arg(long, value_enum, default_value = "time")]
    pub objective: Objective,
    /// How lines cross the area
    #[arg(long, value_enum, default_value = "parallel")]
    pub pattern: Pattern,
    /// Take a good plan at once instead of the best that a longer search finds
    #[arg(long)]
    pub quick: bool,
    /// Minutes that one battery lasts; by default the vehicle's
    #[arg(long, value_name = "MIN")]
    pub endurance: Option<f64>,
    /// Minutes on the ground between two flights of a vehicle, counted in the time
    #[arg(long, default_value_t = 0.0, value_name = "MIN")]
    pub swap: f64,
    /// What several vehicles make as small as possible
    #[arg(long, value_enum, default_value = "makespan")]
    pub balance: BalanceArg,
    /// Number of aircraft of the (first) vehicle type
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub vehicles: usize,
    /// Autopilot that the mission is written for
    #[arg(long, value_enum, default_value = "ardupilot")]
    pub autopilot: AutopilotArg,
    /// Fly over holes of the area instead of around them
    #[arg(long)]
    pub overfly_holes: bool,
    /// Write the report (JSON) here
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write maps of what the photos will show here: coverage.tif, overlap.tif, gsd.tif, footprints.geojson
    #[arg(long, value_name = "DIR", requires = "camera")]
    pub maps: Option<PathBuf>,
    /// Side of the maps' pixels; by default a fiftieth of the line spacing
    #[arg(long, value_name = "LENGTH", requires = "maps")]
    pub maps_pixel: Option<Length>,
    /// Write here: .plan, .waypoints, .kmz (DJI route), .geojson, .kml or .html (briefing); again for each; several sorties are numbered
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Write a page to print here: map, elevation profile, sorties (HTML)
    #[arg(long, value_name = "FILE")]
    pub briefing: Option<PathBuf>,
    /// Aircraft that a DJI route (.kmz) is for: m3e, m3t, m3m, m3d, m3td, m30, m30t, m300-h20, m350-h20 or fly (DJI Fly)
    #[arg(long, default_value = "m3e", value_name = "MODEL", value_parser = dji)]
    pub dji: Aircraft,
    /// How photos are taken on a DJI route
    #[arg(long, value_enum, default_value = "distance", value_name = "HOW")]
    pub dji_photos: DjiPhotos,
}

/// How photos are taken on a DJI route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DjiPhotos {
    /// By distance along each line
    Distance,
    /// At a waypoint for each photo
    Waypoint,
}

fn dji(name: &str) -> Result<Aircraft, String> {
    Aircraft::named(name).ok_or_else(|| {
        let known: Vec<&str> = Aircraft::ALL.iter().map(|(n, _)| *n).collect();
        format!("use one of {}", known.join(", "))
    })
}

#[derive(Args, Debug)]
pub struct Cameras {
    /// Words of the key, the name or what photos say in EXIF; all without any
    pub words: Vec<String>,
}

/// Which autopilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AutopilotArg {
    /// ArduPilot (Copter, Plane)
    Ardupilot,
    /// PX4
    Px4,
}

#[derive(Args, Debug)]
pub struct Rehearse {
    /// The mission (.plan or .waypoints)
    pub mission: PathBuf,
    /// Vehicle: quad, fixed-wing, quadplane or a file
    #[arg(long, default_value = "quad", value_name = "VEHICLE")]
    pub vehicle: String,
    /// Autopilot
    #[arg(long, value_enum, default_value = "ardupilot")]
    pub autopilot: AutopilotArg,
    /// Flights
    #[arg(long, default_value_t = 200)]
    pub runs: u64,
    /// Chance
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Mean wind SPEED,FROM_DEG
    #[arg(long, value_name = "WIND")]
    pub wind: Option<Wind>,
    /// Terrain (GeoTIFF or .hgt)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub dem: Vec<PathBuf>,
    /// Fly only a part of the runs: shard I of N
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Folder of report.json
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Sim {
    /// Vehicle: quad, fixed-wing, quadplane or a file; again for each aircraft of another type
    #[arg(long, default_value = "quad", value_name = "VEHICLE")]
    pub vehicle: Vec<String>,
    /// Whose manners the autopilot has; once for all or once for each --vehicle
    #[arg(long, value_enum, default_value = "ardupilot")]
    pub autopilot: Vec<AutopilotArg>,
    /// Aircraft of each type
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub count: usize,
    /// Where the ground station is
    #[arg(
        long,
        default_value = "udpout:127.0.0.1:14550",
        value_name = "ENDPOINT"
    )]
    pub mavlink: Endpoint,
    /// Launch place LAT,LON or LAT,LON,AMSL_M,HEADING_DEG; again for each aircraft
    #[arg(
        long,
        default_value = "47.3977,8.5456,488,0",
        value_name = "PLACE",
        allow_hyphen_values = true
    )]
    pub home: Vec<Place>,
    /// Mean wind SPEED,FROM_DEG
    #[arg(long, value_name = "WIND")]
    pub wind: Option<Wind>,
    /// Terrain (GeoTIFF or .hgt)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub dem: Vec<PathBuf>,
    /// Chance of wind, sensors, landscape and radio
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write the flight of the first aircraft here (CSV, each step)
    #[arg(long, value_name = "FILE.csv")]
    pub trace: Option<PathBuf>,
    /// Render the photos of a generated landscape into this folder, one folder an aircraft
    #[arg(long, value_name = "DIR")]
    pub photos: Option<PathBuf>,
    /// Camera of the photos
    #[arg(long, default_value = "mapper", value_name = "CAMERA")]
    pub camera: String,
    /// Side of the generated landscape, centred on the first home
    #[arg(long, default_value = "1000m", value_name = "LENGTH")]
    pub landscape: Length,
    /// Centre of the landscape, if it is not the first home
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub landscape_centre: Option<Place>,
    /// Simulate a radio: datagrams to this address are carried to --radio-to and back
    #[arg(long, value_name = "udp:HOST:PORT", requires = "radio_to")]
    pub radio: Option<Endpoint>,
    /// Where the radio's ground end delivers
    #[arg(long, value_name = "udp:HOST:PORT")]
    pub radio_to: Option<Endpoint>,
    /// Rate of the simulated radio
    #[arg(long, default_value = "8Mbit")]
    pub rate: Rate,
    /// Share of datagrams lost each way
    #[arg(long, default_value = "20%")]
    pub loss: Share,
    /// Outage of the radio START_S,DURATION_S after the start
    #[arg(long, value_name = "OUTAGE")]
    pub outage: Vec<Outage>,
    /// Time
    #[command(flatten)]
    pub clock: ClockArgs,
}

#[derive(Args, Debug)]
pub struct Serve {
    /// Where the console is served; loopback unless told otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
    /// Where aircraft are
    #[arg(long, value_name = "ENDPOINT")]
    pub mavlink: Vec<Endpoint>,
    /// Where photos arrive
    #[arg(long, value_name = "udp:HOST:PORT")]
    pub receive: Option<Endpoint>,
    /// Key files of the aircraft that may send photos
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Folder of everything that is kept
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Terrain (GeoTIFF or .hgt)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub dem: Vec<PathBuf>,
    /// Your own background maps (PMTiles or GeoTIFF files, or a folder of them)
    #[arg(long, value_name = "FILE")]
    pub background: Vec<PathBuf>,
    /// Configuration file (TOML); options of the command line come first
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Say in the console that this is a simulation
    #[arg(long, hide = true)]
    pub simulated: bool,
    /// Ground sample distance of the live map; by default that of the photos
    #[arg(long, hide = true)]
    pub map_gsd: Option<Length>,
    /// Open the console in a browser
    #[arg(long)]
    pub open: bool,
    /// Time
    #[command(flatten)]
    pub clock: ClockArgs,
}

#[derive(Args, Debug)]
pub struct Air {
    /// Folder into which the camera writes
    #[arg(long, value_name = "DIR")]
    pub photos: PathBuf,
    /// The autopilot, for its telemetry over the same radio
    #[arg(long, value_name = "ENDPOINT")]
    pub mavlink: Option<Endpoint>,
    /// The ground
    #[arg(long, value_name = "ENDPOINT")]
    pub to: Endpoint,
    /// The aircraft's key file (64 hexadecimal characters)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Rate of the radio
    #[arg(long, default_value = "2Mbit")]
    pub rate: Rate,
    /// Name of the aircraft in the photos' records
    #[arg(long, default_value = "1", value_name = "NAME")]
    pub name: String,
    /// Folder of what must survive a restart; by default `.whimbrel` in the photo folder
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Time
    #[command(flatten)]
    pub clock: ClockArgs,
}

#[derive(Args, Debug)]
pub struct Send {
    /// Folder whose files are sent
    pub folder: PathBuf,
    /// Where they go
    #[arg(long, value_name = "udp:HOST:PORT")]
    pub to: Endpoint,
    /// Key file that both ends have (64 hexadecimal characters)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Rate of the radio
    #[arg(long, default_value = "2Mbit")]
    pub rate: Rate,
}

#[derive(Args, Debug)]
pub struct Receive {
    /// Where they arrive
    #[arg(long, value_name = "udp:HOST:PORT")]
    pub listen: Endpoint,
    /// Key file that both ends have (64 hexadecimal characters)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Folder into which they are written
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Stop when everything that one sender has is here
    #[arg(long)]
    pub once: bool,
}

#[derive(Args, Debug)]
pub struct Map {
    /// Folder of photos (JPEG)
    pub photos: PathBuf,
    /// EPSG code of a projected system; by default the UTM zone
    #[arg(long, value_name = "EPSG")]
    pub crs: Option<u32>,
    /// Ground sample distance of the map; by default that of the photos
    #[arg(long, value_name = "LENGTH")]
    pub gsd: Option<Length>,
    /// Terrain (GeoTIFF or .hgt) to begin the surface with
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub dem: Vec<PathBuf>,
    /// Exit with 3 when a photo was left out
    #[arg(long)]
    pub strict: bool,
    /// Chance of the matching's random samples
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of the results
    #[arg(short, long, default_value = "map", value_name = "DIR")]
    pub output: PathBuf,
}

#[derive(Args, Debug)]
pub struct Doctor {
    /// Endpoints to try
    #[arg(long, value_name = "ENDPOINT")]
    pub mavlink: Vec<Endpoint>,
    /// Address that `serve` would listen on
    #[arg(long, default_value = "127.0.0.1:8470", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// Data folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}
