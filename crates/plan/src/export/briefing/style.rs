//! How the page looks.

/// Colours of sorties, in turn.
pub(super) const SORTIES: [&str; 8] = [
    "#1f5fbf", "#c2571a", "#2e8540", "#8e3fa8", "#b8860b", "#0f8a8a", "#b5305c", "#5a6472",
];

/// The colour of a sortie.
pub(super) fn colour(sortie: usize) -> &'static str {
    SORTIES
        .get(sortie % SORTIES.len())
        .copied()
        .unwrap_or("#000")
}

pub(super) const CSS: &str = "
@page { size: A4 portrait; margin: 9mm 10mm; }
* { box-sizing: border-box; margin: 0; padding: 0; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { font: 8.4pt/1.32 'Inter', 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; color: #1d2733; background: #e7e9ec; }
main { width: 190mm; min-height: 279mm; margin: 0 auto; background: #fff; display: flex; flex-direction: column; gap: 2.6mm; }
@media screen { main { padding: 9mm 10mm; width: 210mm; min-height: 297mm; margin: 8mm auto; box-shadow: 0 1mm 6mm #0003; } }
@media print { body { background: #fff; } }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: .7mm solid #1d2733; padding-bottom: 1.4mm; }
h1 { font-size: 16pt; font-weight: 700; letter-spacing: -.01em; line-height: 1.1; }
header p { color: #5a6472; }
.tiles { display: grid; grid-template-columns: repeat(8, 1fr); gap: 1.6mm; }
.tiles div { background: #f2f4f6; border-radius: 1mm; padding: 1.3mm 1.8mm; }
.tiles b { display: block; font-size: 11.5pt; font-weight: 650; letter-spacing: -.01em; line-height: 1.2; white-space: nowrap; }
.tiles b small { font-size: 7.6pt; font-weight: 500; }
.tiles span { color: #5a6472; font-size: 7pt; white-space: nowrap; }
.tiles i { font-style: normal; display: block; color: #3b4653; font-size: 7.2pt; white-space: nowrap; }
figure svg { display: block; width: 100%; height: auto; }
svg text { font: 2.5px 'Inter', 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; fill: #3b4653; }
.legend { display: flex; flex-wrap: wrap; gap: .6mm 4mm; color: #3b4653; font-size: 7.2pt; padding-top: 1mm; }
.legend span { display: inline-flex; align-items: center; gap: 1.2mm; }
.legend svg { width: 8mm; height: 2.6mm; }
h2 { font-size: 7.4pt; font-weight: 650; text-transform: uppercase; letter-spacing: .06em; color: #5a6472; padding-bottom: .5mm; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: right; font-weight: 600; font-size: 7.2pt; color: #5a6472; border-bottom: .3mm solid #1d2733; padding: .4mm 1.2mm; }
td { text-align: right; padding: .55mm 1.2mm; border-bottom: .15mm solid #d5dae0; white-space: nowrap; }
td small { color: #5a6472; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
tr.sum td { font-weight: 650; border-bottom: none; }
.dot { display: inline-block; width: 3.2mm; height: 3.2mm; border-radius: 50%; color: #fff; font-size: 6.6pt; line-height: 3.2mm; text-align: center; font-weight: 700; }
.details { display: grid; grid-template-columns: 1.15fr 1fr 1fr; gap: 5mm; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3mm 2mm; }
dt { color: #5a6472; } dd { text-align: right; font-variant-numeric: tabular-nums; }
ul { list-style: none; } li { padding-left: 2.4mm; text-indent: -2.4mm; } li::before { content: '– '; color: #5a6472; }
footer { margin-top: auto; display: grid; grid-template-columns: repeat(5, 1fr); gap: 4mm; padding-top: 7mm; }
footer span { border-top: .2mm solid #8a939d; color: #5a6472; font-size: 6.8pt; padding-top: .6mm; }
";
