//! Exact (Clopper–Pearson) bounds of a probability from k successes in n independent runs
//! (Clopper & Pearson, Biometrika 26, 1934): quantiles of the beta distribution.

/// Iterations of the continued fraction before it counts as converged enough.
const MAX_TERMS: u32 = 10_000;
/// Halvings in the search of a quantile: more than a double has bits.
const HALVINGS: u32 = 80;

/// Logarithm of the gamma function (Lanczos' approximation, g = 7, nine terms; relative error below
/// 1e-14 for x > 0).
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + G + 0.5;
    let sum = C
        .iter()
        .skip(1)
        .zip(1u32..)
        .fold(C[0], |sum, (c, i)| sum + c / (x + f64::from(i)));
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22).
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges quickly below the mean; above, the symmetry I_x(a,b) = 1 − I_{1−x}(b,a).
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    // Lentz's method as modified by Thompson & Barnett (1986).
    const TINY: f64 = 1e-300;
    let keep = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut f = d;
    for m in 1..MAX_TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / keep(1.0 + even * d);
        c = keep(1.0 + even / c);
        f *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / keep(1.0 + odd * d);
        c = keep(1.0 + odd / c);
        let change = c * d;
        f *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * f
}

/// The quantile of the beta distribution: x with I_x(a, b) = p.
fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let mid = 0.5 * (low + high);
        if incomplete_beta(a, b, mid) < p {
            low = mid;
        } else {
            high = mid;
        }
    }
    0.5 * (low + high)
}

/// Lower one-sided bound: with `confidence`, the probability is not below it.
pub fn lower(k: u64, n: u64, confidence: f64) -> f64 {
    if k == 0 || n == 0 {
        return 0.0;
    }
    beta_quantile(k as f64, (n - k.min(n)) as f64 + 1.0, 1.0 - confidence)
}

/// Upper one-sided bound: with `confidence`, the probability is not above it.
pub fn upper(k: u64, n: u64, confidence: f64) -> f64 {
    if k >= n || n == 0 {
        return 1.0;
    }
    beta_quantile(k as f64 + 1.0, (n - k) as f64, confidence)
}

/// The two-sided interval at `confidence`.
pub fn interval(k: u64, n: u64, confidence: f64) -> (f64, f64) {
    let each = 1.0 - (1.0 - confidence) / 2.0;
    (lower(k, n, each), upper(k, n, each))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_match_published_ones() {
        // One-sided 95 % upper bounds for n = 10,000 (simulation.md §4): k = 0, 1, 3, 10.
        for (k, want) in [(0, 3.0e-4), (1, 4.7e-4), (3, 7.8e-4), (10, 1.7e-3)] {
            let got = upper(k, 10_000, 0.95);
            assert!((got / want - 1.0).abs() < 0.02, "{k}: {got}");
        }
        // Rule without failures: 1 − 0.05^(1/n).
        assert!((upper(0, 2_995, 0.95) - (1.0 - 0.05f64.powf(1.0 / 2_995.0))).abs() < 1e-12);
        // Two-sided 95 % for 8 of 10: 0.4439, 0.9748 (tables of Clopper & Pearson).
        let (low, high) = interval(8, 10, 0.95);
        assert!(
            (low - 0.443_905).abs() < 1e-5 && (high - 0.974_79).abs() < 1e-5,
            "{low} {high}"
        );
    }

    #[test]
    fn ends_are_exact() {
        assert_eq!(lower(0, 50, 0.95), 0.0);
        assert_eq!(upper(50, 50, 0.95), 1.0);
        assert_eq!(interval(0, 0, 0.95), (0.0, 1.0));
        assert!((lower(50, 50, 0.95) - 0.05f64.powf(1.0 / 50.0)).abs() < 1e-12);
    }

    /// The bound must cover: over all k, the probability that the interval holds p is at least 95 %.
    #[test]
    fn intervals_cover() {
        let n = 60;
        for p in [0.02, 0.1, 0.37, 0.5, 0.9] {
            let mut covered = 0.0;
            for k in 0..=n {
                let (low, high) = interval(k, n, 0.95);
                if low <= p && p <= high {
                    let (kf, nf) = (k as f64, n as f64);
                    let ln = ln_gamma(nf + 1.0) - ln_gamma(kf + 1.0) - ln_gamma(nf - kf + 1.0)
                        + kf * f64::ln(p)
                        + (nf - kf) * f64::ln(1.0 - p);
                    covered += ln.exp();
                }
            }
            assert!(covered >= 0.95, "{p}: {covered}");
        }
    }
}
