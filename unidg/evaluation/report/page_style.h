#pragma once

namespace unidg::evaluation::report {

inline constexpr const char* kPageStyle = R"css(
:root{color-scheme:light dark;--paper:#fbfbfa;--card:#fff;--ink:#1c2024;--faint:#5d6670;--line:#dfe2e6;--soft:#f1f2f4;--accent:#1a5fb4;--shade:#0003;--warn:#8a4b00;--warnbg:#fff4e2;
--s0:#3d6fb6;--s1:#d1702b;--s2:#2f9170;--s3:#b4538f;--s4:#7c6bc4;--s5:#b59214;--s6:#4aa0c0;--s7:#7d7f84}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1b1f23;--ink:#e7eaed;--faint:#a2abb4;--line:#33393f;--soft:#23282d;--accent:#8ab8ff;--shade:#000c;--warn:#ffc98a;--warnbg:#3a2c18;
--s0:#7ba6e4;--s1:#ee9a5e;--s2:#62c3a2;--s3:#df8bbf;--s4:#a99df0;--s5:#dcbc4a;--s6:#7fcbe6;--s7:#a6a9af}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:9}
header.top,main,footer{max-width:92rem;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem)}
header.top{padding-top:1.8rem}
h1{margin:0;font-size:1.7rem;letter-spacing:-.015em;line-height:1.2;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.6rem 0 .4rem;padding-top:.9rem;border-top:1px solid var(--line);letter-spacing:-.01em}
h3{font-size:1rem;margin:0}
h4{font-size:.95rem;margin:1.2rem 0 .3rem}
p{margin:.3rem 0;max-width:56rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.3rem 1.6rem;margin:1rem 0 0;color:var(--faint);font-size:.9rem}
.facts div{min-width:0;overflow-wrap:anywhere}
.facts dt{font-size:.78rem}.facts dd{margin:0;color:var(--ink)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:1rem 0 0}
.alert{background:var(--warnbg);color:var(--warn);border-radius:.4rem;padding:.6rem .9rem;margin:1rem 0;max-width:56rem}
.alert p{margin:0}
figure.table{margin:1.2rem 0 1.8rem}
figcaption p{margin:.15rem 0 .5rem;color:var(--faint);font-size:.88rem}
.scroll{overflow-x:auto;width:fit-content;max-width:100%;border:1px solid var(--line);border-radius:.4rem;
background:linear-gradient(to right,var(--card) 40%,transparent) 0/3rem 100% local,linear-gradient(to left,var(--card) 40%,transparent) 100%/3rem 100% local,
linear-gradient(to right,var(--shade),transparent) 0/.8rem 100%,linear-gradient(to left,var(--shade),transparent) 100%/.8rem 100%,var(--card);background-repeat:no-repeat}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .5rem;text-align:right;vertical-align:baseline;white-space:nowrap;font-weight:400}
thead th{white-space:normal;font-weight:600;border-bottom:1px solid var(--line);vertical-align:bottom}
thead tr:first-child th.g{text-align:left;color:var(--faint);font-weight:400;border-bottom:0;padding-bottom:0}
thead th.l,tbody th{text-align:left}
thead th.k{white-space:nowrap}
tbody th:first-child,thead th.l:first-child,thead td:first-child{position:sticky;left:0;background:var(--card);z-index:1}
tbody tr+tr>*{border-top:1px solid var(--soft)}
tbody tr.first>*{border-top:1px solid var(--line)}
tbody th.again{color:transparent;user-select:none}
td.w{text-align:left;white-space:normal;max-width:30rem}
td.none{color:var(--faint)}
.g:not(:first-child){border-left:1px solid var(--line)}
td b{font-weight:700}td u{text-decoration-thickness:.1em;text-underline-offset:.18em}
td small{display:block;color:var(--faint);font-size:.74em;line-height:1.25}
td i{font-style:normal;color:var(--faint);font-size:.82em}
sup{line-height:0;color:var(--accent);font-size:.75em;margin-left:.1em}
tr.section th{background:var(--soft);color:var(--faint);font-size:.82rem;position:static}
tr.section th:first-child{background:var(--soft)}
tr.section th span{position:sticky;left:.6rem}
.notes{margin:.5rem 0 0;padding-left:1.4rem;color:var(--faint);font-size:.82rem;max-width:56rem}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(21rem,100%),1fr));gap:1rem 1.6rem;margin:.8rem 0}
.plots.squares{grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr))}
svg.plot{width:100%;height:auto;display:block;overflow:visible}
.plot text{font:11.5px system-ui,sans-serif;fill:var(--ink)}
.plot .title{font-weight:600;font-size:13px}
.plot .tick{fill:var(--faint);text-anchor:middle;font-size:10.5px}
.plot .label{text-anchor:end}
.plot .group{font-weight:600;fill:var(--faint)}
.plot .grid{stroke:var(--line);stroke-width:1}
.plot .zero{stroke:var(--ink);stroke-width:1}
.plot .range,.plot .median{stroke:var(--ink);stroke-width:1.4}
.plot .median{stroke-width:2.4}
.plot .whisker{stroke:var(--faint);stroke-width:1.2}
.plot .box{fill-opacity:.28}.plot .dot{fill-opacity:.75}
.plot .curve{fill:none;stroke-width:1.8}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.86rem;margin:.4rem 0}
.legend span::before{content:"";display:inline-block;width:.8em;height:.8em;border-radius:.15em;margin-right:.4em;background:var(--c)}
details{margin:.6rem 0}summary{cursor:pointer;font-weight:600}
.samples{display:flex;gap:.55rem;overflow-x:auto;padding:.2rem 0 .5rem;align-items:flex-start}
.samples figure{margin:0;flex:0 0 8rem;font-size:.78rem;line-height:1.3}
.samples img{display:block;width:8rem;height:auto;border-radius:.25rem;margin-bottom:.25rem;background:var(--soft)}
.samples .empty{display:grid;place-items:center;width:8rem;height:8rem;border-radius:.25rem;background:var(--soft);color:var(--faint);margin-bottom:.25rem}
.samples figcaption{color:var(--faint);overflow-wrap:anywhere}.samples figcaption b{color:var(--ink);font-weight:600;display:block}
footer{padding-top:1.5rem;padding-bottom:2.5rem;color:var(--faint);font-size:.85rem}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--faint:#444;--line:#bbb;--soft:#f2f2f2;--accent:#000}
body{font-size:10px}nav,.skip{display:none}.scroll{overflow:visible;border:0}table{font-size:7px}th,td{padding:.15rem .3rem}
figure.table,.plot,.samples{break-inside:avoid}h2,h3,h4{break-after:avoid}.samples{flex-wrap:wrap;overflow:visible}
tbody th:first-child,tr.section th span{position:static}}
)css";

/// Closed parts would be missing on paper.
inline constexpr const char* kPageScript =
    "addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>d.open=true))";

}  // namespace unidg::evaluation::report
