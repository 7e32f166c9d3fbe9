#pragma once

namespace unidg::dataset::sets {

inline constexpr const char* kBrowserStyle = R"css(
:root{color-scheme:light dark;--paper:#f6f6f4;--card:#fff;--ink:#1c2024;--faint:#5d6670;--line:#dcdfe3;--accent:#1a5fb4;--keep:#1b7a3d;--drop:#b3261e;--tint:#ff2c78}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1c2024;--ink:#e7eaed;--faint:#a2abb4;--line:#33393f;--accent:#8ab8ff;--keep:#6fd08f;--drop:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.top{position:sticky;top:0;z-index:5;background:var(--paper);border-bottom:1px solid var(--line);padding:.7rem clamp(.8rem,2.5vw,2rem)}
h1{font-size:1.15rem;margin:0 0 .5rem;display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap}
h1 output{font-weight:400;font-size:.9rem;color:var(--faint)}
.tools{display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center;font-size:.88rem}
.tools label{display:flex;gap:.35rem;align-items:center}
select,input[type=search],button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.35rem;padding:.25rem .5rem;max-width:13rem}
button{cursor:pointer}button:hover{border-color:var(--accent)}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(var(--cell,14rem),1fr));gap:.8rem;padding:1rem clamp(.8rem,2.5vw,2rem)}
.card{background:var(--card);border:2px solid var(--line);border-radius:.5rem;padding:.45rem;min-width:0;font-size:.8rem}
.card.keep{border-color:var(--keep)}.card.drop{border-color:var(--drop)}.card.drop .pics{opacity:.35}
.pics{display:flex;gap:.3rem}
.pics svg{display:block;width:100%;min-width:0;aspect-ratio:1;background:#8882;border-radius:.25rem}
.tint{fill:var(--tint);opacity:.45}
body.bare .tint{display:none}
.card b{display:block;margin-top:.35rem;overflow-wrap:anywhere}
.card p{margin:.1rem 0;color:var(--faint);overflow-wrap:anywhere}
.marks{display:flex;gap:.4rem;margin-top:.3rem}
.marks button{flex:1;padding:.15rem 0;font-size:.8rem}
.marks button[aria-pressed=true].k{background:var(--keep);color:var(--card);border-color:var(--keep)}
.marks button[aria-pressed=true].d{background:var(--drop);color:var(--card);border-color:var(--drop)}
nav{display:flex;gap:.8rem;align-items:center;justify-content:center;padding:.5rem 1rem 2rem}
.empty{padding:3rem;text-align:center;color:var(--faint);grid-column:1/-1}
)css";

inline constexpr const char* kBrowserBody =
    R"html(<header class="top"><h1><span id="name"></span><output id="shown" aria-live="polite"></output></h1>
<div class="tools" id="filters"><label>Search <input type="search" id="words" placeholder="id or part"></label></div>
<div class="tools" style="margin-top:.5rem"><label><input type="checkbox" id="tint" checked> Masks</label>
<label>Size <input type="range" id="size" min="8" max="30" value="14"></label>
<button id="save">Save marks</button><label>Load marks <input type="file" id="load" accept=".json"></label><button id="clear">Forget marks</button>
<span class="faint" id="marked"></span><span style="color:var(--faint)">Keys on a card: K keep, D drop, U neither</span></div></header>
<main id="cards"></main><nav aria-label="Pages"><button id="back">Previous</button><span id="page"></span><button id="on">Next</button></nav>
)html";

inline constexpr const char* kBrowserScript = R"js(
const F={id:0,abnormal:1,mask:2,normal:3,width:4,height:5,source:6,object:7,type:8,category:9,split:10,origin:11,part:12,share:13};
const all=[],perPage=120,set=document.body.dataset.set,key='unidg-marks-'+location.pathname;
let shown=[],page=0,marks={};
const by=id=>document.getElementById(id);
const add=rows=>{for(const row of rows)all.push(row)};
const filters=['category','type','source','object','split','origin'];
const url=path=>'../'+path.split('/').map(encodeURIComponent).join('/');
const remember=()=>{try{localStorage.setItem(key,JSON.stringify(marks))}catch(e){}};
const element=(name,attributes={},...children)=>{
  const svg=['svg','image','mask','rect','title'].includes(name);
  const node=svg?document.createElementNS('http://www.w3.org/2000/svg',name):document.createElement(name);
  for(const[k,v]of Object.entries(attributes))node.setAttribute(k,v);
  node.append(...children);return node};
let serial=0;
function picture(row,path,withMask){
  const w=row[F.width]||1,h=row[F.height]||1,size={width:w,height:h};
  const view=element('svg',{viewBox:`0 0 ${w} ${h}`,role:'img'},element('title',{},path),element('image',{href:url(path),...size}));
  if(withMask&&row[F.mask]){
    const id='m'+serial++;
    view.append(element('mask',{id},element('image',{href:url(row[F.mask]),...size})),element('rect',{class:'tint',mask:`url(#${id})`,...size}));
  }
  return view}
function mark(row,value,card){
  if(value)marks[row[F.id]]=value;else delete marks[row[F.id]];
  paint(card,row);remember();count()}
function paint(card,row){
  const value=marks[row[F.id]]||'';
  card.classList.toggle('keep',value==='keep');card.classList.toggle('drop',value==='drop');
  card.querySelector('.k').setAttribute('aria-pressed',value==='keep');card.querySelector('.d').setAttribute('aria-pressed',value==='drop')}
function card(row){
  const out=element('article',{class:'card',tabindex:0}),pics=element('div',{class:'pics'});
  if(row[F.abnormal]){pics.append(picture(row,row[F.abnormal],true));if(row[F.normal])pics.append(picture(row,row[F.normal],false))}
  else pics.append(picture(row,row[F.normal],false));
  const k=element('button',{class:'k'},'Keep'),d=element('button',{class:'d'},'Drop');
  const share=row[F.abnormal]?' · '+(100*row[F.share]).toPrecision(2)+'\u00a0%':'';
  out.append(pics,element('b',{},row[F.type]+(row[F.object]?' on '+row[F.object]:'')),
    element('p',{},[row[F.category],row[F.source],row[F.split],row[F.origin]==='real'?'':row[F.origin]].filter(Boolean).join(' · ')+share),
    element('p',{},row[F.id]),element('div',{class:'marks'},k,d));
  const toggle=value=>mark(row,marks[row[F.id]]===value?'':value,out);
  k.addEventListener('click',()=>toggle('keep'));d.addEventListener('click',()=>toggle('drop'));
  out.addEventListener('keydown',e=>{
    const value={k:'keep',d:'drop',u:''}[e.key.toLowerCase()];
    if(value!==undefined&&!e.ctrlKey&&!e.metaKey&&!e.altKey){mark(row,value,out);e.preventDefault()}
    const step={ArrowRight:1,ArrowLeft:-1}[e.key];
    if(step){(step>0?out.nextElementSibling:out.previousElementSibling)?.focus();e.preventDefault()}});
  paint(out,row);return out}
function count(){
  const values=Object.values(marks);
  by('marked').textContent=`${values.filter(v=>v==='keep').length} to keep, ${values.filter(v=>v==='drop').length} to drop`}
function draw(){
  const cards=by('cards'),from=page*perPage;
  cards.replaceChildren(...shown.slice(from,from+perPage).map(card));
  if(!shown.length)cards.append(element('p',{class:'empty'},'Nothing fits these filters.'));
  const pages=Math.max(1,Math.ceil(shown.length/perPage));
  by('page').textContent=`page ${page+1} of ${pages}`;by('back').disabled=page===0;by('on').disabled=page>=pages-1;
  by('shown').textContent=`${shown.length} of ${all.length} pictures`;count()}
function apply(){
  const wanted=filters.map(name=>[F[name],by('f-'+name).value]).filter(([,value])=>value!=='');
  const words=by('words').value.toLowerCase(),state=by('f-mark').value;
  shown=all.filter(row=>wanted.every(([at,value])=>(row[at]||'none')===value)
    &&(!words||row[F.id].toLowerCase().includes(words)||row[F.part].toLowerCase().includes(words))
    &&(state===''||(marks[row[F.id]]||'none')===state));
  page=0;draw()}
function start(){
  by('name').textContent=set;
  try{marks=JSON.parse(localStorage.getItem(key)||'{}')}catch(e){}
  const holder=by('filters');
  const select=(name,values)=>{
    const node=element('select',{id:'f-'+name},element('option',{value:''},'all'));
    for(const[value,n]of values)node.append(element('option',{value},n===undefined?value:`${value} (${n})`));
    node.addEventListener('change',apply);
    holder.append(element('label',{},name[0].toUpperCase()+name.slice(1),node))};
  for(const name of filters){
    const counts=new Map();
    for(const row of all){const value=row[F[name]]||'none';counts.set(value,(counts.get(value)||0)+1)}
    select(name,[...counts].sort((a,b)=>b[1]-a[1]))}
  select('mark',[['keep'],['drop'],['none']]);
  by('words').addEventListener('input',apply);
  by('tint').addEventListener('change',e=>document.body.classList.toggle('bare',!e.target.checked));
  by('size').addEventListener('input',e=>by('cards').style.setProperty('--cell',e.target.value+'rem'));
  by('back').addEventListener('click',()=>{--page;draw();scrollTo(0,0)});by('on').addEventListener('click',()=>{++page;draw();scrollTo(0,0)});
  by('save').addEventListener('click',()=>{
    const file=new Blob([JSON.stringify({format:'unidg marks',set,marks},null,1)],{type:'application/json'});
    const link=element('a',{href:URL.createObjectURL(file),download:set+'-marks.json'});link.click();URL.revokeObjectURL(link.href)});
  by('load').addEventListener('change',async e=>{
    try{const json=JSON.parse(await e.target.files[0].text());if(json.format!=='unidg marks')throw 0;marks={...marks,...json.marks};remember();apply()}
    catch(error){alert('This file holds no marks.')}});
  by('clear').addEventListener('click',()=>{if(confirm('Forget all marks of this set?')){marks={};remember();apply()}});
  apply()}
)js";

}  // namespace unidg::dataset::sets
