//! Dense symmetric solver, parallel over rows and blocked for the cache; the sums are in the same
//! order whatever the number of threads.

use rayon::prelude::*;

/// Rows eliminated together.
const PANEL: usize = 32;

/// Solves `A x = b` for a symmetric positive definite `A`, of which the upper triangle is given
/// row by row (`n * n` values). `None` when it is not positive definite.
pub fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    if a.len() != n * n {
        return None;
    }
    for start in (0..n).step_by(PANEL) {
        let end = (start + PANEL).min(n);
        let (panel, rest) = a[start * n..].split_at_mut((end - start) * n);
        for k in start..end {
            let (done, below) = panel.split_at_mut((k - start + 1) * n);
            let row = &mut done[(k - start) * n..];
            let pivot = row[k];
            if pivot.is_nan() || pivot <= 1e-12 {
                return None;
            }
            let inverse = 1.0 / pivot.sqrt();
            row[k..n].iter_mut().for_each(|v| *v *= inverse);
            for (i, other) in (k + 1..end).zip(below.chunks_exact_mut(n)) {
                subtract(&mut other[i..], row[i], &row[i..n]);
            }
        }
        let panel = &*panel;
        rest.par_chunks_exact_mut(n)
            .enumerate()
            .with_min_len(8)
            .for_each(|(offset, row)| {
                let i = end + offset;
                for above in panel.chunks_exact(n) {
                    subtract(&mut row[i..], above[i], &above[i..]);
                }
            });
    }
    for k in 0..n {
        let row = &a[k * n..(k + 1) * n];
        b[k] /= row[k];
        let v = b[k];
        subtract(&mut b[k + 1..], v, &row[k + 1..]);
    }
    for k in (0..n).rev() {
        let row = &a[k * n..(k + 1) * n];
        let sum: f64 = row[k + 1..]
            .iter()
            .zip(&b[k + 1..])
            .map(|(p, q)| p * q)
            .sum();
        b[k] = (b[k] - sum) / row[k];
    }
    b.iter().all(|v| v.is_finite()).then_some(b)
}

fn subtract(out: &mut [f64], k: f64, row: &[f64]) {
    if k != 0.0 {
        for (o, v) in out.iter_mut().zip(row) {
            *o -= k * v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system_larger_than_a_panel() {
        let n = 77;
        let m: Vec<f64> = (0..n * n)
            .map(|i| ((i * 7919 % 1009) as f64) / 1009.0 - 0.5)
            .collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = (0..n).map(|k| m[k * n + i] * m[k * n + j]).sum::<f64>()
                    + if i == j { 1.0 } else { 0.0 };
            }
        }
        let truth: Vec<f64> = (0..n).map(|i| i as f64 - 30.0).collect();
        let b = (0..n)
            .map(|i| (0..n).map(|j| a[i * n + j] * truth[j]).sum())
            .collect();
        let x = solve(a, b).expect("positive definite");
        assert!(x.iter().zip(&truth).all(|(p, q)| (p - q).abs() < 1e-8));
    }

    #[test]
    fn says_so_when_not_positive_definite() {
        assert!(solve(vec![1.0, 2.0, 2.0, 1.0], vec![1.0, 1.0]).is_none());
    }
}
