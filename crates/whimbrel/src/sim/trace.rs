//! The flight of one aircraft as a table, one row a step.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use whimbrel_sim::aircraft::Aircraft;
use whimbrel_sim::plant::STEP_US;

/// Steps done in one turn at most; the rest follows in the next.
const STEPS_MAX: u32 = 100_000;
/// Rows are on disk after so many.
const FLUSH_ROWS: u32 = 1_000;

/// An open trace.
pub struct Trace {
    out: BufWriter<std::fs::File>,
    name: String,
    from: Duration,
    rows: u32,
}

impl Trace {
    /// Begin a trace; times count from `from`.
    pub fn create(path: &Path, from: Duration) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file =
            std::fs::File::create(path).with_context(|| format!("write the trace {name}"))?;
        let mut out = BufWriter::new(file);
        writeln!(
            out,
            "time_s,lat_deg,lon_deg,height_ellipsoid_m,velocity_north_m_s,velocity_east_m_s,velocity_down_m_s,\
             q_w,q_x,q_y,q_z,rate_roll_rad_s,rate_pitch_rad_s,rate_yaw_rad_s"
        )
        .with_context(|| format!("write the trace {name}"))?;
        Ok(Self {
            out,
            name,
            from,
            rows: 0,
        })
    }

    /// Step the aircraft to `now` and write each step.
    pub fn follow(&mut self, aircraft: &mut Aircraft, now: Duration) -> anyhow::Result<()> {
        for _ in 0..STEPS_MAX {
            let next = aircraft.time() + Duration::from_micros(STEP_US);
            if next > now {
                break;
            }
            aircraft.advance(next);
            self.row(aircraft)?;
        }
        Ok(())
    }

    fn row(&mut self, aircraft: &Aircraft) -> anyhow::Result<()> {
        let s = aircraft.truth();
        let time_s = aircraft.time().saturating_sub(self.from).as_secs_f64();
        let (v, q, w) = (s.velocity_m_s, s.ned_from_body.q(), s.rates_rad_s);
        writeln!(
            self.out,
            "{time_s:.3},{:.9},{:.9},{:.4},{:.5},{:.5},{:.5},{:.8},{:.8},{:.8},{:.8},{:.6},{:.6},{:.6}",
            s.position.at.lat_deg(), s.position.at.lon_deg(), s.position.height.m(),
            v.x(), v.y(), v.z(), q.w, q.i, q.j, q.k, w.x(), w.y(), w.z()
        )
        .with_context(|| format!("write the trace {}: is the disk full?", self.name))?;
        self.rows += 1;
        if self.rows.is_multiple_of(FLUSH_ROWS) {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Bring all rows to the file.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.out
            .flush()
            .with_context(|| format!("write the trace {}: is the disk full?", self.name))
    }
}
