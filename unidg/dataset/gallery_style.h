#pragma once

namespace unidg::dataset {

inline constexpr const char* kGalleryStyle = R"css(
:root{color-scheme:light dark;--paper:#f7f7f5;--card:#fff;--ink:#1d2126;--faint:#5c646e;--line:#dcdfe3;--mark:#c2185b;--accent:#1a5fb4}
@media(prefers-color-scheme:dark){:root{--paper:#15181c;--card:#1e2227;--ink:#e9ecef;--faint:#a3abb5;--line:#343a41;--mark:#ff6f9c;--accent:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:9}
.top{padding:1.5rem clamp(1rem,4vw,3rem) .5rem}
h1{margin:0;font-size:1.6rem;letter-spacing:-.01em}
.top p{margin:.2rem 0 .8rem;color:var(--faint)}
.tools{display:flex;flex-wrap:wrap;gap:.6rem 1.4rem;align-items:center}
.tools label{display:flex;gap:.5rem;align-items:center}
select{font:inherit;padding:.3rem .5rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:var(--ink)}
nav{padding:.6rem 0}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(27rem,100%),1fr));gap:1.2rem;padding:1rem clamp(1rem,4vw,3rem) 2rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.7rem;padding:.9rem;min-width:0}
.card[hidden]{display:none}
.card header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;margin-bottom:.5rem}
h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere}
.badge{font-size:.8rem;border:1px solid currentColor;border-radius:1rem;padding:0 .6rem;color:var(--faint)}
.badge.weak{color:#8a5a00}.badge.failed{color:var(--mark)}
@media(prefers-color-scheme:dark){.badge.weak{color:#ffc66b}}
.compare{position:relative;border-radius:.4rem;overflow:hidden;background:#8884;--at:0%}
.compare img{position:absolute;inset:0;width:100%;height:100%;object-fit:contain}
.compare img:nth-child(1){clip-path:inset(0 calc(100% - var(--at)) 0 0);z-index:1}
.compare input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize;z-index:3}
.compare .edge{position:absolute;top:0;bottom:0;left:clamp(1px,var(--at),calc(100% - 2px));width:2px;background:#fff;box-shadow:0 0 0 1px #0008;z-index:2;pointer-events:none}
.compare .edge::after{left:0;content:"\2194";position:absolute;top:50%;translate:-50% -50%;width:1.9rem;height:1.9rem;border-radius:50%;background:#fff;color:#111;display:grid;place-items:center;box-shadow:0 1px 4px #0008}
.compare:focus-within{outline:3px solid var(--accent);outline-offset:2px}
.strip{display:flex;gap:.5rem;margin-top:.6rem}
figure{margin:0;flex:1;min-width:0}
figure img,figure svg{display:block;width:100%;height:auto;aspect-ratio:1;object-fit:contain;background:#8883;border-radius:.3rem}
figcaption{font-size:.75rem;color:var(--faint);text-align:center}
.tint{fill:#ff2c78;opacity:.42}
.card p{margin:.5rem 0 0;font-size:.92rem}
.card .facts{font-size:.8rem;color:var(--faint);overflow-wrap:anywhere}
.reason{color:var(--mark)}
footer{padding:0 clamp(1rem,4vw,3rem) 2rem;color:var(--faint);font-size:.85rem}
)css";

inline constexpr const char* kGalleryScript = R"js(
const cards=[...document.querySelectorAll('.card')];
const move=(input)=>input.closest('.compare').style.setProperty('--at',input.value+'%');
document.querySelectorAll('.compare input').forEach(i=>i.addEventListener('input',()=>move(i)));
document.getElementById('all').addEventListener('input',e=>document.querySelectorAll('.compare input').forEach(i=>{i.value=e.target.value;move(i)}));
const filters=['type','status'].map(name=>{
  const select=document.getElementById(name);
  [...new Set(cards.map(c=>c.dataset[name]).filter(Boolean))].sort().forEach(v=>select.add(new Option(v,v)));
  return [name,select];
});
const apply=()=>{
  let shown=0;
  for(const card of cards){
    card.hidden=!filters.every(([name,select])=>!select.value||card.dataset[name]===select.value);
    if(!card.hidden)++shown;
  }
  document.getElementById('shown').textContent=shown+' of '+cards.length+' shown';
};
filters.forEach(([,select])=>select.addEventListener('change',apply));
apply();
)js";

}  // namespace unidg::dataset
